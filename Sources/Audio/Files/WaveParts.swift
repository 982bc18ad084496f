/// The WAV files that are concatenated in a file; usually one.
enum WaveParts {
  /// Fewer unknown bytes than this after the audio are not reported.
  private static let negligibleBytes = 1_024

  /// Reads the headers; nil where the file does not start with one.
  ///
  /// - Throws: `AudioFault.malformed`, `.readFailed`.
  static func parts(_ source: ByteSource) throws -> AudioParts? {
    var result = AudioParts(parts: [])
    var start = 0
    while start < source.length, let header = try WaveHeader(source, at: start) {
      if result.parts.count == AudioParts.limit {
        throw source.malformed("joined files", "more than \(AudioParts.limit)")
      }
      var claimed = header.claimedBytes ?? header.presentBytes
      var rest = try afterChunks(source, from: header.start + min(claimed, header.presentBytes))
      let isUnfinished =
        claimed == 0 && rest == .unknown(at: header.start) && header.presentBytes >= header.format.bytesPerFrame
      if isUnfinished {
        claimed = header.presentBytes
        rest = .end
        result.warnings.append(.unfinishedHeader(bytes: claimed))
      }
      if let truncation = header.truncation { result.warnings.append(truncation) }

      let end = if case .file(let next) = rest { next } else { source.length }
      var part = AudioPart(range: start..<end)
      if isUnfinished || header.format.isPadded {
        part.prefix = header.format.header(dataBytes: claimed)
        part.range = header.start..<header.start + min(claimed, header.presentBytes)
      }
      result.parts.append(part)
      if case .unknown(let offset) = rest, source.length - offset > negligibleBytes {
        result.warnings.append(.bytesAfterAudio(source.length - offset))
      }
      start = end
    }
    return result.parts.isEmpty ? nil : result
  }

  /// The content after the audio and the chunks that follow it.
  private enum Rest: Equatable {
    case end
    /// Another WAV file.
    case file(at: Int)
    case unknown(at: Int)
  }

  private static func afterChunks(_ source: ByteSource, from offset: Int) throws -> Rest {
    var position = offset
    var isFirst = true
    while position < source.length {
      // The padding byte of an odd size is missing in some files.
      for start in [position, position + 1] where try isFile(source, at: start) { return .file(at: start) }
      let chunk = try chunkEnd(source, at: position) ?? (isFirst ? chunkEnd(source, at: position + 1) : nil)
      guard let chunk else { return .unknown(at: position) }
      position = chunk
      isFirst = false
    }
    return .end
  }

  private static func isFile(_ source: ByteSource, at offset: Int) throws -> Bool {
    try (source.has("RIFF", at: offset) || source.has("RF64", at: offset)) && source.has("WAVE", at: offset + 8)
  }

  /// The end of a chunk, or of a tag ID3v1; nil where there is none.
  private static func chunkEnd(_ source: ByteSource, at offset: Int) throws -> Int? {
    if try source.has("TAG", at: offset), offset + 128 == source.length { return source.length }
    let head = try source.bytes(at: offset, count: 8)
    guard head.count == 8, head[..<4].allSatisfy({ (32..<127).contains($0) }) else { return nil }
    let end = offset + 8 + source.integer(head, at: 4, bytes: 4)
    return end <= source.length ? end + (end - offset) % 2 : nil
  }
}
