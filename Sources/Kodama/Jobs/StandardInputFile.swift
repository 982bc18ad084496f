import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard input as a file that can be read more than once.
enum StandardInputFile {
  /// The name in messages.
  static let name = "standard input"

  /// Reads standard input to its end.
  ///
  /// - Throws: `FileFault.cannotRead`, `.cannotCreate`, `.cannotWrite`.
  static func read() throws -> SpoolFile {
    let spool = try SpoolFile()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(0, &buffer, buffer.count)
      #else
        let count = Darwin.read(0, &buffer, buffer.count)
      #endif
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileFault.cannotRead(path: name, reason: FileFault.reason) }
      if count == 0 { return spool }
      try buffer.withUnsafeBytes { try spool.append(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}
