/// A path or name compared, hashed and ordered by its bytes, as file systems do. Swift strings are equal if they are
/// canonically equivalent, though "é" as one scalar and as two may name two files.
package struct PathBytes: Hashable, Comparable, Sendable {
  /// The path as text.
  package let path: String

  /// A path to compare.
  package init(_ path: String) { self.path = path }

  package static func == (a: Self, b: Self) -> Bool { a.path.utf8.elementsEqual(b.path.utf8) }

  package static func < (a: Self, b: Self) -> Bool { a.path.utf8.lexicographicallyPrecedes(b.path.utf8) }

  package func hash(into hasher: inout Hasher) {
    for byte in path.utf8 { hasher.combine(byte) }
    // Not part of any UTF-8 text, so that two names in a row hash differently from their concatenation.
    hasher.combine(0xFF as UInt8)
  }
}

/// Paths split at the byte "/". A `Character` is a cluster of scalars: a "/" before a combining mark is not the
/// `Character` "/", but it separates folders all the same.
package enum PathText {
  private static let slash = UInt8(ascii: "/")

  /// The components between slashes, including empty ones, such as the one before a leading slash.
  package static func parts(_ path: String) -> [String] {
    path.utf8.split(separator: slash, omittingEmptySubsequences: false).map { String(Substring($0)) }
  }

  /// The part before the last slash; nil where there is none.
  package static func folder(_ path: String) -> String? {
    path.utf8.lastIndex(of: slash).map { String(path[..<$0]) }
  }

  /// The part after the last slash.
  package static func name(_ path: String) -> String { String(path[nameStart(path)...]) }

  /// The path up to the last dot of its name: `a/b` of `a/b.wav`, all of `a/.b`.
  package static func stem(_ path: String) -> String { String(path[..<extensionStart(path)]) }

  /// The extension with its dot; empty where there is none.
  package static func fileExtension(_ path: String) -> String { String(path[extensionStart(path)...]) }

  /// Whether a path starts at the root.
  package static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  /// Whether a relative path stays inside its folder: it has no empty component, no "." and no "..".
  package static func isInside(_ path: String) -> Bool {
    !path.utf8.contains(0) && parts(path).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  /// A path as one word for a POSIX shell, which is not taken for an option: quoted where it has to be.
  package static func shellWord(_ path: String) -> String {
    let path = path.hasPrefix("-") ? "./" + path : path
    let isPlain = path.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0) || "/._-+,:@%".unicodeScalars.contains($0)
    }
    if isPlain && !path.isEmpty { return path }
    return "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
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
