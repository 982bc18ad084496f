import KodamaTensors

/// Where named parameters lie in one run of memory, and what happens to each in training.
public struct ParameterLayout: Sendable, Equatable {
  /// A parameter's place.
  struct Entry: Sendable, Equatable {
    let name: String
    let shape: Shape
    /// Its elements, counted from the beginning of the memory.
    let range: Range<Int>
    var role: ParameterRole
  }

  /// The parameters in order of declaration.
  private(set) var entries: [Entry]
  /// The elements of the memory: those of all parameters, and zeros between them.
  let extent: Int
  private let indices: [String: Int]

  /// Every parameter begins at a multiple of so many elements, a cache line of single precision.
  private static let alignment = 16

  /// - Precondition: no name twice.
  init(_ parameters: [(name: String, shape: Shape, role: ParameterRole)]) {
    var (entries, end) = ([Entry](), 0)
    for (name, shape, role) in parameters {
      entries.append(Entry(name: name, shape: shape, range: end..<end + shape.count, role: role))
      end = (end + shape.count + Self.alignment - 1) / Self.alignment * Self.alignment
    }
    self.entries = entries
    extent = end
    indices = Dictionary(zip(entries.map(\.name), entries.indices)) { first, _ in
      preconditionFailure("two parameters have the name \(entries[first].name)")
    }
  }

  /// The place of a parameter.
  ///
  /// - Precondition: it was declared.
  subscript(name: String) -> Entry {
    guard let index = indices[name] else { preconditionFailure("no parameter has the name \(name)") }
    return entries[index]
  }

  /// What happens to a parameter in training.
  ///
  /// - Precondition: it was declared.
  public func role(of name: String) -> ParameterRole { self[name].role }

  /// The same places with every trained parameter that `isFrozen` holds for frozen.
  func freezing(_ isFrozen: (_ name: String) -> Bool) -> ParameterLayout {
    var result = self
    for index in entries.indices where entries[index].role == .trained && isFrozen(entries[index].name) {
      result.entries[index].role = .frozen
    }
    return result
  }

  /// Whether names, shapes and places are equal, whatever the roles.
  func hasPlaces(of other: ParameterLayout) -> Bool {
    entries.count == other.entries.count
      && zip(entries, other.entries).allSatisfy { $0.name == $1.name && $0.shape == $1.shape }
  }

  public static func == (a: ParameterLayout, b: ParameterLayout) -> Bool { a.entries == b.entries }
}
