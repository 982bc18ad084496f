import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A regular file open for reading at any offset.
///
/// Files are read, not mapped: a file that is truncated meanwhile is an error instead of a signal.
package final class InputFile: Sendable {
  package let path: String
  /// The size in bytes when it was opened.
  package let size: Int
  private let descriptor: Int32

  /// - Throws: `FileFault.cannotRead`.
  package init(_ path: String) throws {
    self.path = path
    // Without O_NONBLOCK a pipe under this name would wait for a writer.
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if descriptor < 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileFault.cannotRead(path: path, reason: "it is not a regular file")
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills `buffer` with the bytes from `offset` on.
  ///
  /// - Throws: `FileFault.cannotRead`, also where the file is too short.
  package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
      if count == 0 { throw FileFault.cannotRead(path: path, reason: "it became shorter while it was read") }
      done += count
    }
  }

  /// The bytes of a range within the file.
  package func bytes(_ range: Range<Int>) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
      try read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
      count = range.count
    }
  }
}
