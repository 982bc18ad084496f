import CSndfile
import Foundation
import KodamaCore

/// A file that libsndfile accesses through callbacks. It records the first error, which libsndfile itself may lose
/// (closing a FLAC file on a full disk reports success).
class VirtualFile {
  fileprivate(set) var failure: String?

  /// Opens this file with libsndfile. This object must outlive the returned handle, which holds an unowned pointer to
  /// it.
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

/// Connects libsndfile to an open file descriptor.
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

  /// Repeats a system call until all bytes are transferred or none are left.
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

/// Takes what libsndfile writes, and keeps nothing of it.
final class DiscardedFile: VirtualFile {
  private var (position, end) = (0, 0)

  override fileprivate func length() -> sf_count_t { sf_count_t(end) }

  override fileprivate func seek(_ offset: sf_count_t, whence: Int32) -> sf_count_t {
    position = max(0, Int(offset) + (whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : end))
    return sf_count_t(position)
  }

  override fileprivate func write(_ buffer: UnsafeRawBufferPointer) -> sf_count_t {
    position += buffer.count
    end = max(end, position)
    return sf_count_t(buffer.count)
  }
}

/// Presents one part of a file to libsndfile as a separate file: its prefix, its section of the file, and zero padding.
final class PartIO: VirtualFile {
  private let source: ByteSource
  private let part: AudioPart
  private var position = 0
  /// The end of the bytes read so far.
  private var reach = 0

  init(_ source: ByteSource, _ part: AudioPart) {
    self.source = source
    self.part = part
  }

  override fileprivate func length() -> sf_count_t { sf_count_t(part.length) }

  /// Bytes that were not read.
  var unreadBytes: Int { max(0, part.length - reach) }

  override fileprivate func seek(_ offset: sf_count_t, whence: Int32) -> sf_count_t {
    let from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? position : part.length
    let (target, overflow) = from.addingReportingOverflow(Int(offset))
    if overflow || target < 0 { return -1 }
    position = target
    return sf_count_t(target)
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

  private func read(_ buffer: UnsafeMutableRawBufferPointer, at partOffset: Int) throws -> Int {
    if partOffset < part.prefix.count {
      let bytes = part.prefix[partOffset...].prefix(buffer.count)
      buffer.copyBytes(from: bytes)
      return bytes.count
    }
    let offset = part.range.lowerBound + partOffset - part.prefix.count
    if offset < part.range.upperBound {
      let count = min(buffer.count, part.range.upperBound - offset)
      return try source.read(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
    }
    let count = min(buffer.count, part.length - partOffset)
    UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]).initializeMemory(as: UInt8.self, repeating: 0)
    return count
  }
}

/// A decoder of one part.
final class PartDecoder {
  let info: SF_INFO
  /// Samples of one channel; nil where unknown.
  let frames: Int?
  /// The last frame that can be sought. libsndfile seeks to a wrong frame on the last page of Ogg Vorbis, because it
  /// treats the page's last block as a whole one.
  let lastSeekableFrame: Int
  /// The first frame of the part that the next read returns.
  private(set) var position = 0
  private let io: PartIO
  private let handle: OpaquePointer

  /// Opens a part; nil where libsndfile detects no format in it.
  ///
  /// - Throws: `AudioFault.readFailed`.
  init?(_ source: ByteSource, _ part: AudioPart) throws {
    io = PartIO(source, part)
    var info = SF_INFO()
    guard let handle = io.open(mode: SFM_READ, &info) else {
      if let failure = io.failure { throw AudioFault.readFailed(path: source.path, reason: failure) }
      return nil
    }
    self.handle = handle
    self.info = info
    // Where the length is unknown libsndfile reports a number near the maximum.
    let found = AudioLimits.frames.contains(Int(info.frames)) ? Int(info.frames) : nil
    frames = part.frames.map { min($0, found ?? $0) } ?? found
    let isVorbis = Int(info.format) & SF_FORMAT_SUBMASK == SF_FORMAT_VORBIS
    lastSeekableFrame = isVorbis ? max(0, (frames ?? 0) - part.lastPageFrames) : .max
  }

  deinit { sf_close(handle) }

  var channels: Int { Int(info.channels) }
  /// The read error of the operating system, if there was one.
  var failure: String? { io.failure }
  /// The error of the decoder; nil where there is none.
  var error: String? {
    sf_error(handle) == SF_ERR_NO_ERROR ? nil : String(cString: sf_strerror(handle))
  }

  /// Bytes of the part that the decoder has not read.
  var unreadBytes: Int { io.unreadBytes }

  /// Fills a buffer with interleaved samples, at most up to `frames` of the part; returns the frames read.
  func read(_ buffer: UnsafeMutablePointer<Float>, frames wanted: Int) -> Int {
    let wanted = min(wanted, (frames ?? .max) - position)
    if wanted <= 0 { return 0 }
    let got = Int(sf_readf_float(handle, buffer, sf_count_t(wanted)))
    position += got
    return got
  }

  /// Moves to a frame of the part; returns false on failure.
  func seek(to frame: Int) -> Bool {
    if frame == position { return true }
    if sf_seek(handle, sf_count_t(frame), SEEK_SET) != sf_count_t(frame) { return false }
    position = frame
    return true
  }
}
