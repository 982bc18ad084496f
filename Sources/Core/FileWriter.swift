#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes bytes in order to an open file descriptor, and fails where the operating system does.
public final class FileWriter {
  /// The name of the output in messages.
  public let path: String
  /// The descriptor, for libraries that write by themselves.
  public let descriptor: Int32

  /// A writer on a descriptor, which the caller closes.
  public init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  /// A writer on the process's standard output.
  public static var standardOutput: FileWriter { FileWriter(descriptor: 1, path: "standard output") }

  /// Writes all the bytes.
  ///
  /// - Throws: `FileFault.brokenPipe`, `.cannotWrite`.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count < 0 {
        if errno == EINTR { continue }
        throw errno == EPIPE ? FileFault.brokenPipe : .cannotWrite(path: path, reason: FileFault.reason)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Writes all the bytes of an array of plain values.
  public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

  /// Writes text as UTF-8.
  public func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Synchronizes what was written to the disk.
  public func synchronize() throws {
    // A pipe or a device cannot be synchronized, which is not an error.
    if fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS {
      throw FileFault.cannotWrite(path: path, reason: FileFault.reason)
    }
  }
}
