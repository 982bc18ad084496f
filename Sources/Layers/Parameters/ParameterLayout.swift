import KodamaTensors

/// The positions of named parameters in one contiguous arena, and their roles in training.
public struct ParameterLayout: Sendable, Equatable {
  /// A parameter's position and role.
  struct Entry: Sendable, Equatable {
    let name: String
    let shape: Shape
    /// Its elements, relative to the start of the arena.
    let range: Range<Int>
    var role: ParameterRole
    /// Whether it is a matrix of its first axis by all others.
    let isMatrix: Bool
    /// Whether it serves training alone.
    let isAuxiliary: Bool
  }

  /// The parameters in order of declaration.
  private(set) var entries: [Entry]
  /// The number of elements in the arena: those of all parameters, and the padding between them.
  let extent: Int
  private let indices: [String: Int]

  /// The alignment of parameters in elements: a cache line of single precision.
  private static let alignment = 16

  /// - Precondition: names are unique.
  init(_ parameters: [(name: String, shape: Shape, role: ParameterRole, isMatrix: Bool, isAuxiliary: Bool)]) {
    var (entries, end) = ([Entry](), 0)
    for (name, shape, role, isMatrix, isAuxiliary) in parameters {
      entries.append(
        Entry(
          name: name, shape: shape, range: end..<end + shape.count, role: role, isMatrix: isMatrix,
          isAuxiliary: isAuxiliary))
      end = (end + shape.count + Self.alignment - 1) / Self.alignment * Self.alignment
    }
    self.entries = entries
    extent = end
    indices = Dictionary(zip(entries.map(\.name), entries.indices)) { first, _ in
      preconditionFailure("two parameters have the name \(entries[first].name)")
    }
  }

  /// The positions of declared parameters.
  init(_ declarations: [ParameterDeclaration]) {
    self.init(declarations.map { ($0.name, $0.shape, $0.role, $0.isMatrix, $0.isAuxiliary) })
  }

  /// The positions of parameters of other layouts.
  init(entries: [Entry]) {
    self.init(entries.map { ($0.name, $0.shape, $0.role, $0.isMatrix, $0.isAuxiliary) })
  }

  /// The entry of a parameter.
  ///
  /// - Precondition: it was declared.
  subscript(name: String) -> Entry {
    guard let index = indices[name] else { preconditionFailure("no parameter has the name \(name)") }
    return entries[index]
  }

  /// The role of a parameter in training.
  ///
  /// - Precondition: it was declared.
  public func role(of name: String) -> ParameterRole { self[name].role }

  /// The same layout, with the trained parameters for which `isFrozen` is true frozen.
  func freezing(_ isFrozen: (_ name: String) -> Bool) -> ParameterLayout {
    var result = self
    for index in entries.indices where entries[index].role == .trained && isFrozen(entries[index].name) {
      result.entries[index].role = .frozen
    }
    return result
  }

  /// Whether names, shapes and positions are equal, regardless of roles.
  func hasSameLayout(as other: ParameterLayout) -> Bool {
    entries.count == other.entries.count
      && zip(entries, other.entries).allSatisfy { $0.name == $1.name && $0.shape == $1.shape }
  }

  public static func == (a: ParameterLayout, b: ParameterLayout) -> Bool { a.entries == b.entries }
}
