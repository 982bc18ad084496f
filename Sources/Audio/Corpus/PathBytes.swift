/// A path that is compared and ordered by its bytes, as file systems do. Strings of Swift are equal where they are
/// canonically equivalent, though "é" in one scalar and in two may name two files.
struct PathBytes: Hashable, Comparable {
  let path: String

  init(_ path: String) { self.path = path }

  static func == (a: Self, b: Self) -> Bool { a.path.utf8.elementsEqual(b.path.utf8) }

  static func < (a: Self, b: Self) -> Bool { a.path.utf8.lexicographicallyPrecedes(b.path.utf8) }

  func hash(into hasher: inout Hasher) {
    for byte in path.utf8 { hasher.combine(byte) }
  }
}
