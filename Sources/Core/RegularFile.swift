#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Regular files read as a whole. Pipes and devices are refused, because reading them may block.
package enum RegularFile {
  /// The bytes of a file.
  ///
  /// - Throws: `FileFault.cannotRead`, also where it is not a regular file.
  package static func read(_ path: String) throws -> [UInt8] {
    // Without O_NONBLOCK, opening a pipe of this name would wait for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
    defer { close(descriptor) }
    try check(descriptor, path)
    var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 1 << 16))
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
      #else
        let count = Darwin.read(descriptor, &buffer, buffer.count)
      #endif
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// Opens a file for appending, creating it if necessary. The caller closes the descriptor.
  ///
  /// - Throws: `FileFault.cannotCreate`, also where it is not a regular file.
  package static func openToAppend(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0o666)
    // A pipe without a reader.
    if descriptor < 0 && errno == ENXIO { throw FileFault.cannotCreate(path: path, reason: notRegular) }
    if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    do { try check(descriptor, path) } catch {
      close(descriptor)
      throw FileFault.cannotCreate(path: path, reason: notRegular)
    }
    return descriptor
  }

  private static let notRegular = "it is not a regular file"

  private static func check(_ descriptor: Int32, _ path: String) throws {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw FileFault.cannotRead(path: path, reason: notRegular)
    }
  }
}
