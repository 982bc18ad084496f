#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file without a name for what is too long to hold, in the folder for temporary files (`TMPDIR`, else /tmp). It is gone
/// when nobody uses it any more, however the process ends.
package final class SpoolFile: Sendable {
  /// A path that opens the file again as long as this value lives.
  package let path: String
  private let descriptor: Int32

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

  /// Writes behind what was written before.
  ///
  /// - Throws: `FileFault.cannotWrite`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    try FileWriter(descriptor: descriptor, path: "a temporary file").write(bytes)
  }

  /// Fills a buffer from a place on.
  ///
  /// - Throws: `FileFault.cannotRead` where there is less.
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
