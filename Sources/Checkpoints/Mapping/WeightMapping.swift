import KodamaCore

/// Which tensors of another program's weights become which parameters of a network, read from a JSON file:
///
///     {"tensors": {
///        "embedding.weight": {"from": "first.weight", "permute": [1, 0, 2], "add": "first.bias"},
///        "blocks.{i}.dilated.weight": {"from": ["filters.{i}.weight", "gates.{i}.weight"]},
///        "blocks.{i}.skip.weight": "layers.{i}.skip.weight",
///        "blocks.{i}.skip.bias": 0},
///      "ignore": ["optimizer.*", "layers.{last}.residual.*"]}
///
/// The keys are names of parameters, or patterns of them. A value is the name of a tensor, a number that fills the
/// parameter, or an object with these keys, which are applied in this order:
///
/// | key | what |
/// | --- | --- |
/// | `from` | the tensor, or several, joined along their first axis |
/// | `reshape` | another shape of the same elements; one extent may be -1 |
/// | `permute` | the axes in another order, as numpy's `transpose` takes them |
/// | `flip` | axes along which the order is reversed |
/// | `scale` | a factor |
/// | `add` | a tensor that is added, broadcast as by numpy |
/// | `optional` | true: the network may lack the parameter |
///
/// In names `{i}` is a number (see `NamePattern`), `{last}` the index of the last block. A tensor `NAME` that is stored
/// with weight normalization, as `NAME_g` and `NAME_v`, is multiplied out where it is named `NAME`.
public struct WeightMapping: Sendable, Equatable {
  /// Where a parameter comes from.
  struct Rule: Sendable, Equatable {
    /// The parameters.
    let target: NamePattern
    /// The tensors, joined; none for a constant.
    var sources: [NamePattern] = []
    /// Added to every element: the value of a constant.
    var constant: Float = 0
    var reshape: [Int]?
    var permute: [Int]?
    var flip: [Int] = []
    var scale: Float = 1
    var added: NamePattern?
    var isOptional = false
  }

  /// The file.
  public let path: String
  let rules: [Rule]
  let ignored: [NamePattern]

  /// Reads a mapping.
  ///
  /// - Throws: `FileFault.cannotRead`, `JSONFault`; `CheckpointFault.unknownKey`, `.missingKey`, `.wrongValue`.
  public init(_ path: String) throws { try self.init(JSON(objectIn: path), path: path) }

  init(_ json: JSON, path: String) throws {
    self.path = path
    guard case .object(let members) = json else {
      throw CheckpointFault.wrongValue(path: path, key: "the file", value: json.description, expected: "an object")
    }
    for member in members where !["tensors", "ignore"].contains(member.key) {
      throw Self.unknown(member.key, among: ["tensors", "ignore"], path)
    }
    guard let tensors = json["tensors"] else { throw CheckpointFault.missingKey(path: path, key: "tensors") }
    guard case .object(let entries) = tensors else {
      throw CheckpointFault.wrongValue(
        path: path, key: "tensors", value: tensors.description.excerpt(100),
        expected: "an object with a key for each parameter")
    }
    rules = try entries.map { try MappingRule(path: path, key: $0.key, value: $0.value).rule() }
    ignored = try Self.texts(json["ignore"] ?? .array([]), "ignore", path).map { text in
      guard let pattern = NamePattern(text, hasWildcards: true), pattern.numbers.isSubset(of: ["last"]) else {
        throw CheckpointFault.wrongValue(
          path: path, key: "ignore", value: text.excerpt(100), expected: "names, with * for any text and {last}")
      }
      return pattern
    }
  }

  fileprivate static func unknown(_ key: String, among keys: [String], _ path: String) -> CheckpointFault {
    .unknownKey(path: path, key: key, nearest: EditDistance.nearest(to: key, of: keys) ?? "")
  }

  fileprivate static func texts(_ json: JSON, _ key: String, _ path: String) throws -> [String] {
    guard case .array(let items) = json, case let texts = items.compactMap(\.string), texts.count == items.count else {
      throw CheckpointFault.wrongValue(
        path: path, key: key, value: json.description.excerpt(100), expected: "a list of names")
    }
    return texts
  }
}

/// One member of `tensors`.
private struct MappingRule {
  let path: String
  let key: String
  let value: JSON

  private static let keys = ["from", "reshape", "permute", "flip", "scale", "add", "optional"]
  /// As many axes as any tensor has.
  private static let mostAxes = 8

  func rule() throws -> WeightMapping.Rule {
    guard let target = NamePattern(key), !target.hasOperations else {
      throw CheckpointFault.wrongValue(
        path: path, key: "tensors", value: key.excerpt(100), expected: "names of parameters, with {i} for a number")
    }
    var rule = WeightMapping.Rule(target: target)
    switch value {
    case .string(let name): rule.sources = [try pattern(name, in: target, "from")]
    case .number:
      guard let number = float(value) else { throw wrong(nil, "a number of single precision") }
      rule.constant = number
    case .object(let members):
      for member in members where !Self.keys.contains(member.key) {
        throw WeightMapping.unknown(member.key, among: Self.keys, path)
      }
      guard let from = value["from"] else { throw CheckpointFault.missingKey(path: path, key: key + ".from") }
      let names = try from.string.map { [$0] } ?? WeightMapping.texts(from, key + ".from", path)
      if names.isEmpty { throw wrong("from", "a name, or a list of them") }
      rule.sources = try names.map { try pattern($0, in: target, "from") }
      try read(into: &rule)
    default: throw wrong(nil, "the name of a tensor, a number, or an object")
    }
    return rule
  }

  /// Reads what is done with the tensor.
  private func read(into rule: inout WeightMapping.Rule) throws {
    if let reshape = value["reshape"] {
      let extents = try integers(reshape, "reshape")
      guard extents.allSatisfy({ $0 == -1 || (1...Int(Int32.max)).contains($0) }),
        extents.count(where: { $0 == -1 }) < 2
      else { throw wrong("reshape", "extents of at least 1, one of which may be -1") }
      rule.reshape = extents
    }
    if let permute = value["permute"] {
      let axes = try integers(permute, "permute")
      guard axes.sorted() == Array(axes.indices) else { throw wrong("permute", "all axes from 0, each once") }
      rule.permute = axes
    }
    if let flip = value["flip"] {
      rule.flip = try integers(flip, "flip")
      guard rule.flip.allSatisfy({ (0..<Self.mostAxes).contains($0) }), Set(rule.flip).count == rule.flip.count else {
        throw wrong("flip", "axes from 0, each once")
      }
    }
    if let scale = value["scale"] {
      guard let number = float(scale) else { throw wrong("scale", "a number") }
      rule.scale = number
    }
    if let added = value["add"] {
      guard let name = added.string else { throw wrong("add", "the name of a tensor") }
      rule.added = try pattern(name, in: rule.target, "add")
    }
    if let optional = value["optional"] {
      guard let flag = optional.boolean else { throw wrong("optional", "true or false") }
      rule.isOptional = flag
    }
  }

  private func float(_ json: JSON) -> Float? {
    guard let number = json.double, case let single = Float(number), single.isFinite else { return nil }
    return single
  }

  private func integers(_ json: JSON, _ name: String) throws -> [Int] {
    guard case .array(let items) = json, case let numbers = items.compactMap(\.integer), numbers.count == items.count,
      (1...Self.mostAxes).contains(numbers.count)
    else { throw wrong(name, "a list of 1 to \(Self.mostAxes) whole numbers") }
    return numbers
  }

  /// A name of their tensors, whose numbers are those of the parameter's name.
  private func pattern(_ text: String, in target: NamePattern, _ name: String) throws -> NamePattern {
    guard let pattern = NamePattern(text), pattern.numbers.isSubset(of: target.numbers.union(["last"])) else {
      throw CheckpointFault.wrongValue(
        path: path, key: key + "." + name, value: text.excerpt(100),
        expected: "a name with the numbers of \(key), such as {i}, {i+1}, {i/10} or {i%10}, and {last}")
    }
    return pattern
  }

  private func wrong(_ name: String?, _ expected: String) -> CheckpointFault {
    let found = name.flatMap { value[$0] } ?? value
    return .wrongValue(
      path: path, key: name.map { key + "." + $0 } ?? key, value: found.description.excerpt(100), expected: expected)
  }
}
