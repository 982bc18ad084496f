import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads whole text files, such as lists and results.
enum TextFile {
  /// The size limit, in bytes.
  static let largest = 1 << 28

  /// The bytes of a file; `-` for standard input.
  ///
  /// - Throws: `FileFault.cannotRead`.
  static func bytes(_ path: String) throws -> [UInt8] {
    let name = path == "-" ? "standard input" : path
    let descriptor = path == "-" ? dup(0) : open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw FileFault.cannotRead(path: name, reason: FileFault.reason) }
    defer { close(descriptor) }
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileFault.cannotRead(path: name, reason: FileFault.reason) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      if bytes.count > largest {
        throw FileFault.cannotRead(path: name, reason: "it is longer than \(largest >> 20) MiB")
      }
    }
  }
}
