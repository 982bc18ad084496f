import CSndfile
import Foundation
import KodamaCore

/// Carries libsndfile's reading and writing to an open file descriptor, and keeps the first error, which libsndfile
/// itself may lose (closing a FLAC file on a full disk reports success).
final class DescriptorIO {
  let descriptor: Int32
  private(set) var failure: String?

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Opens a stream of libsndfile on the descriptor. This object must outlive the stream: libsndfile holds a pointer
  /// to it that owns nothing.
  func open(mode: Int, _ info: inout SF_INFO) -> OpaquePointer? {
    var callbacks = SF_VIRTUAL_IO(
      get_filelen: { DescriptorIO.of($0).length() },
      seek: { DescriptorIO.of($2).seek($0, whence: $1) },
      read: { DescriptorIO.of($2).read($0!, count: Int($1)) },
      write: { DescriptorIO.of($2).write($0!, count: Int($1)) },
      tell: { DescriptorIO.of($0).seek(0, whence: SEEK_CUR) })
    return sf_open_virtual(&callbacks, Int32(mode), &info, Unmanaged.passUnretained(self).toOpaque())
  }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> DescriptorIO {
    Unmanaged<DescriptorIO>.fromOpaque(pointer!).takeUnretainedValue()
  }

  private func length() -> sf_count_t {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? sf_count_t(status.st_size) : -1
  }

  private func seek(_ offset: sf_count_t, whence: Int32) -> sf_count_t {
    sf_count_t(lseek(descriptor, off_t(offset), whence))
  }

  private func read(_ buffer: UnsafeMutableRawPointer, count: Int) -> sf_count_t {
    var done = 0
    while done < count {
      let got = Foundation.read(descriptor, buffer + done, count - done)
      if got < 0 && errno == EINTR { continue }
      if got < 0 { failure = failure ?? FileFault.reason }
      if got <= 0 { break }
      done += got
    }
    return sf_count_t(done)
  }

  private func write(_ buffer: UnsafeRawPointer, count: Int) -> sf_count_t {
    var done = 0
    while done < count {
      let put = Foundation.write(descriptor, buffer + done, count - done)
      if put < 0 && errno == EINTR { continue }
      if put < 0 {
        failure = failure ?? FileFault.reason
        break
      }
      done += put
    }
    return sf_count_t(done)
  }
}
