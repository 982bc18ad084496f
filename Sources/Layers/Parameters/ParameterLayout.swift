import KodamaTensors

/// Where named parameters lie in one run of memory.
public struct ParameterLayout: Sendable, Equatable {
  /// A parameter's place.
  struct Entry: Sendable, Equatable {
    let name: String
    let shape: Shape
    /// Its elements, counted from the beginning of the memory.
    let range: Range<Int>
  }

  /// The parameters in order of declaration.
  let entries: [Entry]
  /// The elements of the memory: those of all parameters, and zeros between them.
  let extent: Int
  private let indices: [String: Int]

  /// Every parameter begins at a multiple of so many elements, a cache line of single precision.
  private static let alignment = 16

  /// - Precondition: no name twice.
  init(_ shapes: [(name: String, shape: Shape)]) {
    var (entries, end) = ([Entry](), 0)
    for (name, shape) in shapes {
      entries.append(Entry(name: name, shape: shape, range: end..<end + shape.count))
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

  public static func == (a: ParameterLayout, b: ParameterLayout) -> Bool { a.entries == b.entries }
}
