import CSndfile

/// A section of a sound file that is decoded as a separate file.
///
/// Most files are one part. Joined files, such as concatenated MP3 files or chained Ogg streams, have several, of which
/// libsndfile itself would read only the first.
struct AudioPart: Equatable {
  /// Bytes that replace the section's own header.
  var prefix: [UInt8] = []
  /// The section of the file, in bytes.
  var range: Range<Int>
  /// Zeros after the section. They make a part long enough where libsndfile estimates the number of its samples from
  /// its length, and are never decoded, because `frames` is known there.
  var zeros = 0
  /// Samples of one channel, where they were counted; nil to use libsndfile's number.
  var frames: Int?
  /// Samples that end on the last page of an Ogg stream.
  var lastPageFrames = 0

  /// The number of bytes presented to libsndfile.
  var length: Int { prefix.count + range.count + zeros }
}

/// The parts of a sound file.
struct AudioParts: Equatable {
  /// The parts, read one after another.
  var parts: [AudioPart]
  /// Warnings about them.
  var warnings: [AudioWarning] = []

  /// The maximum number of parts.
  static let limit = 4_096
}

/// A decoder of one part.
final class PartDecoder {
  let info: SF_INFO
  /// Samples of one channel; nil where unknown.
  let frames: Int?
  /// The last frame that can be sought. libsndfile seeks to a wrong frame on the last page of Ogg Vorbis, because it
  /// treats the page's last block as a whole one.
  let lastSoughtFrame: Int
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
    lastSoughtFrame = isVorbis ? max(0, (frames ?? 0) - part.lastPageFrames) : .max
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
