import KodamaCore
import KodamaLayers
import KodamaTensors

/// Which tensors of another program's weights a mapping assigns to the parameters of a network, with everything that
/// does not fit. No numbers are read before all shapes fit.
public struct WeightAssignment: Sendable {
  /// A parameter, or a tensor that is left over.
  public struct Row: Sendable, Equatable {
    /// The parameter; nil for a tensor or a rule that is left over.
    public let parameter: String?
    /// The parameter's shape.
    public let shape: Shape?
    /// The tensors that it comes from.
    public let tensors: [String]
    /// Their shapes; nil for one that does not exist.
    public let tensorShapes: [Shape?]
    /// What does not fit; nil where everything does.
    public let problem: String?
  }

  /// A parameter with what it is made of.
  private struct Source: Sendable {
    let rule: WeightMapping.Rule
    let tensors: [String]
    let added: String?
  }

  /// All parameters in the order of the network, then the tensors and rules that are left over.
  public let rows: [Row]
  private let files: WeightFiles
  private let declarations: [ParameterDeclaration]
  private let sources: [String: Source]

  /// The rows that do not fit.
  public var problems: [Row] { rows.filter { $0.problem != nil } }

  /// Assigns tensors to the parameters of a network.
  ///
  /// - Parameter last: the index of the last block, `{last}` in names.
  public init(_ mapping: WeightMapping, _ files: WeightFiles, declarations: [ParameterDeclaration], last: Int) {
    self.files = files
    self.declarations = declarations
    var (rows, sources, used) = ([Row](), [String: Source](), Set<String>())
    var usedRules = Set<Int>()
    for declaration in declarations {
      // A name goes before a pattern, and an earlier pattern before a later one.
      let matches = mapping.rules.indices.compactMap { index in
        mapping.rules[index].target.numbers(in: declaration.name).map { (index: index, numbers: $0) }
      }
      usedRules.formUnion(matches.map(\.index))
      guard let match = matches.first(where: { mapping.rules[$0.index].target.isName }) ?? matches.first else {
        rows.append(Row(declaration, problem: "the mapping has nothing for it"))
        continue
      }
      let rule = mapping.rules[match.index]
      let numbers = match.numbers.merging(["last": last]) { first, _ in first }
      let tensors = rule.sources.compactMap { $0.name(numbers) }
      let added = rule.added.flatMap { $0.name(numbers) }
      for name in tensors + (added.map { [$0] } ?? []) { used.formUnion(files.parts(of: name) ?? []) }
      sources[declaration.name] = Source(rule: rule, tensors: tensors, added: added)
      rows.append(
        Row(
          declaration, tensors + (added.map { [$0] } ?? []), files,
          problem: Self.problem(declaration.shape, rule, tensors, added, files)))
    }
    for (index, rule) in mapping.rules.enumerated() where !usedRules.contains(index) && !rule.isOptional {
      rows.append(Row(rule: rule.target.text))
    }
    for name in files.names
    where !used.contains(name) && !mapping.ignored.contains(where: { $0.matches(name, ["last": last]) }) {
      rows.append(Row(surplus: name, files))
    }
    self.rows = rows
    self.sources = sources
  }

  /// What does not fit; nil where everything does.
  private static func problem(
    _ expected: Shape, _ rule: WeightMapping.Rule, _ tensors: [String], _ added: String?, _ files: WeightFiles
  ) -> String? {
    let names = tensors + (added.map { [$0] } ?? [])
    let missing = names.filter { files.shape(of: $0) == nil }
    if !missing.isEmpty { return "there is no tensor \(missing.joined(separator: ", "))" }
    for name in names {
      if let type = files.partOfOtherType(of: name) { return "\(name) has elements of type \(type.rawValue)" }
    }
    if tensors.isEmpty { return nil }
    let (shape, problem) = rule.shape(of: tensors.compactMap { files.shape(of: $0) })
    guard let shape else { return problem }
    // Extents of 1 neither move nor change elements.
    if shape.extents.filter({ $0 != 1 }) != expected.extents.filter({ $0 != 1 }) {
      return "it must have shape \(expected), not \(shape)"
    }
    if let offset = added.flatMap({ files.shape(of: $0) }),
      offset.rank > expected.rank
        || offset.broadcast(with: expected) != expected
    {
      return "\(offset) cannot be added to \(expected)"
    }
    return nil
  }

  /// Reads the parameters.
  ///
  /// - Throws: `CheckpointFault.unmapped` with everything that does not fit; `.notFinite`, also for a result beyond
  ///   single precision; `.malformed`; `FileFault.cannotRead`.
  public func parameters() throws -> Parameters<Float> {
    let problems = problems
    if !problems.isEmpty {
      throw CheckpointFault.unmapped(
        path: files.path, fitting: rows.count - problems.count, problems: problems.map(\.description))
    }
    return try Parameters(declarations) { name in
      guard let source = sources[name], let shape = declarations.first(where: { $0.name == name })?.shape else {
        throw CheckpointFault.noTensor(path: files.path, name: name)
      }
      let result = try source.rule.apply(
        source.tensors.map(files.tensor), added: source.added.map(files.tensor), shape: shape)
      if let index = result.firstNotFinite {
        throw CheckpointFault.notFinite(path: files.path, tensor: name, index: index)
      }
      return result
    }
  }
}

extension WeightAssignment.Row: CustomStringConvertible {
  init(_ declaration: ParameterDeclaration, _ tensors: [String] = [], _ files: WeightFiles? = nil, problem: String?) {
    (parameter, shape, self.problem) = (declaration.name, declaration.shape, problem)
    self.tensors = tensors
    tensorShapes = tensors.map { files?.shape(of: $0) }
  }

  init(rule: String) {
    (parameter, shape, tensors, tensorShapes) = (rule, nil, [], [])
    problem = "the network has no such parameter"
  }

  init(surplus name: String, _ files: WeightFiles) {
    (parameter, shape, tensors, tensorShapes) = (nil, nil, [name], [files.shape(of: name)])
    problem = "no parameter takes it"
  }

  /// What the row is about, and its problem.
  public var description: String {
    let subject = parameter ?? tensors.first ?? ""
    return subject + ": " + (problem ?? "fits")
  }
}
