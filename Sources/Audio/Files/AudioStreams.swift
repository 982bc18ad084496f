import CSndfile

/// The audio streams of a sound file, decoded one after another: concatenated WAV or MP3 files, or a chained Ogg file.
/// Most files have one.
struct AudioStreams {
  let parts: [AudioPart]
  /// The index of each stream's first frame in the whole file.
  let starts: [Int]
  /// The number of frames of all streams together; nil where the length of the last one is unknown.
  let frames: Int?
  let format: AudioFormat
  let warnings: [AudioWarning]

  /// Finds the streams and opens each once.
  ///
  /// - Throws: `AudioFault.notAudio`, `.unreadFormat`, `.malformed`, `.readFailed`.
  init(_ source: ByteSource) throws {
    if let format = try UnreadFormat.name(source) {
      throw AudioFault.unreadFormat(path: source.path, format: format)
    }
    var found = try WaveParts.parts(source) ?? OggPages.parts(source)
    var first = try Self.open(found?.parts[0] ?? AudioPart(range: 0..<source.length), of: source)
    format = AudioFormat(code: first.info.format)
    if found == nil, format.isMPEG, let frames = try MPEGFrames.parts(source) {
      found = frames
      first = try Self.open(frames.parts[0], of: source)
    }
    let all = found ?? AudioParts(parts: [AudioPart(range: 0..<source.length)])
    try AudioLimits.check(path: source.path, sampleRate: Int(first.info.samplerate), channels: first.channels)

    var (parts, starts, end) = ([all.parts[0]], [0], first.frames)
    var unused: [String] = []
    for part in all.parts.dropFirst() {
      // Only the last stream may have an unknown length.
      if end == nil { end = try Self.count(parts[parts.count - 1], source).map { starts[parts.count - 1] + $0 } }
      guard let begin = end, AudioLimits.frames.contains(begin) else {
        unused.append("they follow one of unknown length")
        continue
      }
      guard let decoder = try PartDecoder(source, part) else {
        unused.append("they are damaged, or hold no sound")
        continue
      }
      let (rate, channels) = (decoder.info.samplerate, decoder.info.channels)
      if rate != first.info.samplerate || channels != first.info.channels {
        unused.append("\(rate) Hz and \(channels) channels, not \(first.info.samplerate) Hz and \(first.channels)")
        continue
      }
      parts.append(part)
      starts.append(begin)
      end = decoder.frames.map { begin + $0 }
    }
    self.parts = parts
    self.starts = starts
    frames = end
    warnings =
      all.warnings
      + (unused.isEmpty ? [] : [.unusedStreams(count: unused.count, of: all.parts.count, reason: unused[0])])
  }

  /// The last stream whose first frame is at or before a frame.
  func index(of frame: Int) -> Int {
    var (low, high) = (0, starts.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= frame { low = middle } else { high = middle }
    }
    return low
  }

  /// Opens a stream at its start.
  ///
  /// - Throws: `AudioFault.notAudio`, `.readFailed`.
  func open(_ stream: Int, of source: ByteSource) throws -> PartDecoder { try Self.open(parts[stream], of: source) }

  private static func open(_ part: AudioPart, of source: ByteSource) throws -> PartDecoder {
    // libsndfile stores the reason in a global that other threads overwrite.
    guard let decoder = try PartDecoder(source, part) else {
      throw AudioFault.notAudio(path: source.path, reason: "no format that libsndfile knows, or a damaged header")
    }
    return decoder
  }

  /// Counts the samples of a stream of unknown length by decoding it.
  private static func count(_ part: AudioPart, _ source: ByteSource) throws -> Int? {
    guard let decoder = try PartDecoder(source, part) else { return nil }
    let frames = max(1, 65_536 / decoder.channels)
    var buffer = [Float](repeating: 0, count: frames * decoder.channels)
    while buffer.withUnsafeMutableBufferPointer({ decoder.read($0.baseAddress!, frames: frames) }) > 0 {}
    return decoder.position
  }
}
