/// A path or name that is compared, hashed and ordered by its bytes, as file systems do. Strings of Swift are equal where
/// they are canonically equivalent, though "é" in one scalar and in two may name two files.
package struct PathBytes: Hashable, Comparable, Sendable {
  /// The path as text.
  package let path: String

  /// A path to compare.
  package init(_ path: String) { self.path = path }

  package static func == (a: Self, b: Self) -> Bool { a.path.utf8.elementsEqual(b.path.utf8) }

  package static func < (a: Self, b: Self) -> Bool { a.path.utf8.lexicographicallyPrecedes(b.path.utf8) }

  package func hash(into hasher: inout Hasher) {
    for byte in path.utf8 { hasher.combine(byte) }
    // Not part of any UTF-8 text, so that one name after another hashes otherwise than both in one.
    hasher.combine(0xFF as UInt8)
  }
}

/// Paths taken apart at the byte "/". The characters of a `String` are clusters of scalars: a "/" before a combining mark is
/// no `Character` "/", but it separates folders all the same.
package enum PathText {
  private static let slash = UInt8(ascii: "/")

  /// The parts between the strokes; empty ones too, such as the one before a stroke at the beginning.
  package static func parts(_ path: String) -> [String] {
    path.utf8.split(separator: slash, omittingEmptySubsequences: false).map { String(Substring($0)) }
  }

  /// What comes before the last stroke; nil where there is none.
  package static func folder(_ path: String) -> String? {
    path.utf8.lastIndex(of: slash).map { String(path[..<$0]) }
  }

  /// What comes after the last stroke.
  package static func name(_ path: String) -> String { String(path[nameStart(path)...]) }

  /// The path with what is before the last dot of its name: `a/b` of `a/b.wav`, all of `a/.b`.
  package static func stem(_ path: String) -> String { String(path[..<extensionStart(path)]) }

  /// The last dot of the name and what follows; empty where there is none.
  package static func fileExtension(_ path: String) -> String { String(path[extensionStart(path)...]) }

  /// Whether a path begins at the root.
  package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  /// Whether a path stays in the folder that it is relative to: it has no empty part, no "." and no "..".
  package static func isInside(_ path: String) -> Bool {
    !path.utf8.contains(0) && parts(path).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  private static func nameStart(_ path: String) -> String.Index {
    path.utf8.lastIndex(of: slash).map(path.utf8.index(after:)) ?? path.startIndex
  }

  private static func extensionStart(_ path: String) -> String.Index {
    let start = nameStart(path)
    guard let dot = path.utf8[start...].lastIndex(of: UInt8(ascii: ".")), dot > start else { return path.endIndex }
    return dot
  }
}
