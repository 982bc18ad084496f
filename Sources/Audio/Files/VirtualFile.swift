import CSndfile
import Foundation
import KodamaCore

/// A file as libsndfile sees it through callbacks. It keeps the first error, which libsndfile itself may lose (closing a
/// FLAC file on a full disk reports success).
class VirtualFile {
  fileprivate(set) var failure: String?

  /// Opens a stream of libsndfile on this file. This object must outlive the stream: libsndfile holds a pointer to it
  /// that owns nothing.
  final func open(mode: Int, _ info: inout SF_INFO) -> OpaquePointer? {
    var callbacks = SF_VIRTUAL_IO(
      get_filelen: { VirtualFile.of($0).length() },
      seek: { VirtualFile.of($2).seek($0, whence: $1) },
      read: { VirtualFile.of($2).read(UnsafeMutableRawBufferPointer(start: $0, count: Int($1))) },
      write: { VirtualFile.of($2).write(UnsafeRawBufferPointer(start: $0, count: Int($1))) },
      tell: { VirtualFile.of($0).seek(0, whence: SEEK_CUR) })
    return sf_open_virtual(&callbacks, Int32(mode), &info, Unmanaged.passUnretained(self).toOpaque())
  }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> VirtualFile {
    Unmanaged<VirtualFile>.fromOpaque(pointer!).takeUnretainedValue()
  }

  fileprivate func length() -> sf_count_t { -1 }
  fileprivate func seek(_ offset: sf_count_t, whence: Int32) -> sf_count_t { -1 }
  fileprivate func read(_ buffer: UnsafeMutableRawBufferPointer) -> sf_count_t { 0 }
  fileprivate func write(_ buffer: UnsafeRawBufferPointer) -> sf_count_t { 0 }
}

/// Carries what libsndfile writes to an open file descriptor.
final class DescriptorIO: VirtualFile {
  private let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  override fileprivate func length() -> sf_count_t {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? sf_count_t(status.st_size) : -1
  }

  override fileprivate func seek(_ offset: sf_count_t, whence: Int32) -> sf_count_t {
    sf_count_t(lseek(descriptor, off_t(offset), whence))
  }

  override fileprivate func read(_ buffer: UnsafeMutableRawBufferPointer) -> sf_count_t {
    transfer(buffer.count) { Foundation.read(descriptor, buffer.baseAddress! + $0, buffer.count - $0) }
  }

  override fileprivate func write(_ buffer: UnsafeRawBufferPointer) -> sf_count_t {
    transfer(buffer.count) { Foundation.write(descriptor, buffer.baseAddress! + $0, buffer.count - $0) }
  }

  /// Calls the operating system until all bytes are through, or none come.
  private func transfer(_ count: Int, _ call: (_ done: Int) -> Int) -> sf_count_t {
    var done = 0
    while done < count {
      let moved = call(done)
      if moved < 0 && errno == EINTR { continue }
      if moved < 0 { failure = failure ?? FileFault.reason }
      if moved <= 0 { break }
      done += moved
    }
    return sf_count_t(done)
  }
}

/// Shows libsndfile one part of a file as a file of its own: the part's prefix, its stretch of the file, its zeros.
final class PartIO: VirtualFile {
  private let source: ByteSource
  private let part: AudioPart
  private var position = 0
  /// The end of what was read so far.
  private var reach = 0

  init(_ source: ByteSource, _ part: AudioPart) {
    self.source = source
    self.part = part
  }

  override fileprivate func length() -> sf_count_t { sf_count_t(part.length) }

  /// Bytes after those that were read.
  var unreadBytes: Int { max(0, part.length - reach) }

  override fileprivate func seek(_ offset: sf_count_t, whence: Int32) -> sf_count_t {
    let from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : part.length
    let (place, overflow) = from.addingReportingOverflow(Int(offset))
    if overflow || place < 0 { return -1 }
    position = place
    return sf_count_t(place)
  }

  override fileprivate func read(_ buffer: UnsafeMutableRawBufferPointer) -> sf_count_t {
    var done = 0
    do {
      while done < buffer.count && position < part.length {
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
        let got = try read(rest, at: position)
        if got == 0 { break }
        done += got
        position += got
      }
      reach = max(reach, position)
    } catch {
      failure = failure ?? "\(error)"
    }
    return sf_count_t(done)
  }

  private func read(_ buffer: UnsafeMutableRawBufferPointer, at place: Int) throws -> Int {
    if place < part.prefix.count {
      let bytes = part.prefix[place...].prefix(buffer.count)
      buffer.copyBytes(from: bytes)
      return bytes.count
    }
    let offset = part.range.lowerBound + place - part.prefix.count
    if offset < part.range.upperBound {
      let count = min(buffer.count, part.range.upperBound - offset)
      return try source.read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
    }
    let count = min(buffer.count, part.length - place)
    UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
    return count
  }
}
