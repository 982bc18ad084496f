#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An unnamed temporary file for data too large for memory, in `TMPDIR` or /tmp. The system deletes it when it is
/// closed, however the process ends.
package final class SpoolFile: Sendable {
  /// A path that opens the file again, valid during the lifetime of this value.
  package let path: String
  /// The open file.
  package let descriptor: Int32

  /// An empty file.
  ///
  /// - Throws: `FileFault.cannotCreate`.
  package init() throws {
    let folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var template = Array((folder + "/kodama-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    if descriptor < 0 { throw FileFault.cannotCreate(path: folder, reason: FileFault.reason) }
    let name = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    self.descriptor = descriptor
    #if os(Linux)
      unlink(name)
      path = "/proc/self/fd/\(descriptor)"
    #else
      path = name
    #endif
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit {
    #if !os(Linux)
      unlink(path)
    #endif
    close(descriptor)
  }

  /// Appends bytes.
  ///
  /// - Throws: `FileFault.cannotWrite`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try FileWriter(descriptor: descriptor, path: "a temporary file").write(bytes)
  }

  /// The size in bytes.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package var count: Int {
    get throws {
      var information = stat()
      if fstat(descriptor, &information) == 0 { return Int(information.st_size) }
      throw FileFault.cannotRead(path: "a temporary file", reason: FileFault.reason)
    }
  }

  /// Fills a buffer with the bytes from an offset on.
  ///
  /// - Throws: `FileFault.cannotRead` where the file is shorter.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      if count <= 0 {
        let reason = count < 0 ? FileFault.reason : "it ends too early"
        throw FileFault.cannotRead(path: "a temporary file", reason: reason)
      }
      done += count
    }
  }
}
