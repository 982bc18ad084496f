import CSndfile

/// A part that is open for decoding.
final class PartDecoder {
  let info: SF_INFO
  /// Samples of one channel; nil where nothing claims a number.
  let frames: Int?
  /// The last frame that can be sought. libsndfile finds a wrong place on the last page of Ogg Vorbis, because it takes the
  /// page's last block for a whole one.
  let lastSoughtFrame: Int
  /// The first frame of the part that the next read returns.
  private(set) var position = 0
  private let io: PartIO
  private let handle: OpaquePointer

  /// Opens a part; nil where libsndfile knows no format in it.
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
    // Where the length is not known libsndfile reports a number near the largest.
    let found = AudioLimits.frames.contains(Int(info.frames)) ? Int(info.frames) : nil
    frames = part.frames.map { min($0, found ?? $0) } ?? found
    let isVorbis = Int(info.format) & SF_FORMAT_SUBMASK == SF_FORMAT_VORBIS
    lastSoughtFrame = isVorbis ? max(0, (frames ?? 0) - part.lastPageFrames) : .max
  }

  deinit { sf_close(handle) }

  var channels: Int { Int(info.channels) }
  /// The error of the operating system that reading ended with.
  var failure: String? { io.failure }
  /// The error of the decoder; nil where there is none.
  var error: String? {
    sf_error(handle) == SF_ERR_NO_ERROR ? nil : String(cString: sf_strerror(handle))
  }

  /// Bytes of the part after those that decoding came to.
  var unreadBytes: Int { io.unreadBytes }

  /// Fills a buffer with interleaved samples, at most up to `frames` of the part; returns the frames read.
  func read(_ buffer: UnsafeMutablePointer<Float>, frames wanted: Int) -> Int {
    let wanted = min(wanted, (frames ?? .max) - position)
    if wanted <= 0 { return 0 }
    let got = Int(sf_readf_float(handle, buffer, sf_count_t(wanted)))
    position += got
    return got
  }

  /// Moves to a frame of the part; returns whether it could.
  func seek(to frame: Int) -> Bool {
    if frame == position { return true }
    if sf_seek(handle, sf_count_t(frame), SEEK_SET) != sf_count_t(frame) { return false }
    position = frame
    return true
  }
}
