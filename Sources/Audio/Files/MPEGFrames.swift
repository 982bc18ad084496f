/// The streams of a file of MPEG audio, found by walking from frame to frame.
///
/// libsndfile estimates the length of a stream without a length tag from its first frame, trusts the length in a first
/// tag, and stops at a change of the sample rate. Here every frame is counted, and a stream ends
///
/// - where its tag's number of frames is reached, or a frame with a tag of its own follows,
/// - at a text tag (ID3, APE),
/// - where frames of another layer, sample rate or number of channels follow, or none for a while,
/// - at the end of the file.
///
/// A frame counts where another one, a tag or the end follows it, and the first of a stream where another one does.
struct MPEGFrames {
  private let source: ByteSource
  private var result = AudioParts(parts: [])
  /// Bytes between frames that are neither frames nor tags.
  private var skipped = 0

  /// Bytes over which the decoder resynchronizes to the next frame by itself.
  private static let resyncBytes = 512

  /// Finds the streams; nil where there are no frames with a bit rate from the tables.
  ///
  /// - Throws: `AudioFault.malformed` where there are too many, `.readFailed`.
  static func parts(_ source: ByteSource) throws -> AudioParts? {
    var frames = MPEGFrames(source: source)
    try frames.findStreams()
    if frames.skipped > 0 { frames.result.warnings.append(.skippedBytes(frames.skipped)) }
    return frames.result.parts.isEmpty ? nil : frames.result
  }

  private init(source: ByteSource) { self.source = source }

  private mutating func findStreams() throws {
    var position = 0
    var unknown = 0
    while position < source.length {
      if let end = try tagEnd(at: position) {
        position = end
      } else if let frame = try firstFrame(at: position) {
        if !result.parts.isEmpty { skipped += unknown }
        unknown = 0
        position = try readStream(frame, at: position)
      } else {
        position += 1
        unknown += 1
      }
    }
  }

  /// A frame that another one follows.
  private func firstFrame(at offset: Int) throws -> MPEGFrame? {
    guard let frame = try header(at: offset), let next = try header(at: offset + frame.length) else { return nil }
    return next.continues(frame) ? frame : nil
  }

  private func header(at offset: Int) throws -> MPEGFrame? { try source.word(at: offset).flatMap(MPEGFrame.init) }

  /// Reads one stream from its first frame, and returns its end.
  private mutating func readStream(_ first: MPEGFrame, at start: Int) throws -> Int {
    let tag = try MPEGLengthTag(source, first, at: start)
    var part = AudioPart(range: start..<start)
    var position = start
    if tag != nil { position += first.length }
    if tag?.isKnownToDecoder != true || tag?.frames == nil { part.range = position..<position }
    let countedStart = position

    var count = 0
    var last = position
    var cut: AudioWarning?
    while position < source.length && tag?.frames != count {
      if let frame = try header(at: position), frame.continues(first),
        try position == start || !isTagged(frame, at: position)
      {
        if position + frame.length > source.length {
          cut = .truncatedStream(claimedBytes: position + frame.length, presentBytes: source.length)
          break
        }
        count += 1
        last = position
        position += frame.length
      } else if try tagEnd(at: position) != nil || firstFrame(at: position) != nil {
        break
      } else if count > 0, let next = try nextFrame(after: last, of: first, atMost: position + Self.resyncBytes) {
        if next < position {
          // Another frame starts within the last one, so that one was cut.
          count -= 1
          position = last
          break
        }
        if try isTagged(first, at: next) { break }
        skipped += next - position
        position = next
      } else {
        break
      }
    }

    part.range = part.range.lowerBound..<position
    // A stream with fewer frames than its tag claims is cut, unless it has as many bytes: some encoders count the tag's
    // own frame.
    if let tag, let claimed = tag.frames, count < claimed, (tag.bytes ?? .max) > position - start {
      cut = .truncated(claimedFrames: claimed * first.samples, presentFrames: count * first.samples)
    }
    if let cut { result.warnings.append(cut) }
    if count > 0 { try add(part, first, count, tag, countedStart..<position) }
    return max(position, start + 1)
  }

  private func isTagged(_ frame: MPEGFrame, at offset: Int) throws -> Bool {
    try MPEGLengthTag(source, frame, at: offset) != nil
  }

  /// The offset of the next frame of a stream, if it is below `limit`.
  private func nextFrame(after last: Int, of stream: MPEGFrame, atMost limit: Int) throws -> Int? {
    for position in last + 4..<max(last + 4, min(limit, source.length)) {
      if let frame = try firstFrame(at: position), frame.continues(stream) { return position }
    }
    return nil
  }

  private mutating func add(
    _ part: AudioPart, _ first: MPEGFrame, _ count: Int, _ tag: MPEGLengthTag?, _ counted: Range<Int>
  ) throws {
    if result.parts.count == AudioParts.limit {
      throw source.malformed("joined streams", "more than \(AudioParts.limit)")
    }
    var part = part
    let samples = count * first.samples
    if let tag, tag.isKnownToDecoder, let claimed = tag.frames {
      // The end is missing, and with it the samples that the tag makes the decoder skip there.
      if count < claimed { part.frames = max(0, samples - tag.delay) }
    } else {
      part.frames = samples
      // libsndfile assumes that every frame is as long as the first.
      let length = try header(at: counted.lowerBound)?.length ?? 0
      part.zeros = max(0, (count + 2) * length - counted.count) + 128
    }
    result.parts.append(part)
  }

  /// The end of a text tag at `offset`; nil where there is none.
  private func tagEnd(at offset: Int) throws -> Int? {
    guard let byte = try source.byte(at: offset), "IAT".utf8.contains(byte) else { return nil }
    var end: Int?
    if try source.has("ID3", at: offset) {
      let head = try source.bytes(at: offset, count: 10)
      if head.count < 10 { return source.length }
      // The size is four bytes of seven bits; a flag is set where the header is repeated at the end.
      if head[3] == 0xFF || head[6..<10].contains(where: { $0 > 127 }) { return nil }
      end = offset + 10 + head[6..<10].reduce(0) { $0 << 7 | Int($1) } + (head[5] & 0x10 != 0 ? 10 : 0)
    } else if try source.has("APETAGEX", at: offset) {
      let head = try source.bytes(at: offset, count: 32)
      if head.count < 32 { return source.length }
      // A flag distinguishes a header, which is followed by the rest of the tag, from a footer.
      let isHeader = head[23] & 0x20 != 0
      end = offset + 32 + (isHeader ? source.integer(head, at: 12, bytes: 4) : 0)
    } else if try source.has("TAG+", at: offset) {
      end = offset + 227
    } else if try source.has("TAG", at: offset) {
      end = offset + 128
    }
    return end.flatMap { $0 <= source.length ? $0 : nil }
  }
}
