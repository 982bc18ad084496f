/// A WAV file made by hand, every field of which can be wrong.
struct WaveBytes {
  var format = 1
  var channels = 1
  var sampleRate = 16_000
  var bits = 16
  var bytesPerFrame: Int?
  var claimedDataBytes: Int?
  var chunkBeforeData: [UInt8] = []
  var data: [UInt8] = WaveBytes.ramp(1_000)

  var bytes: [UInt8] { Self.riff(formatChunk + chunkBeforeData + dataChunk) }

  var formatChunk: [UInt8] {
    let frame = bytesPerFrame ?? channels * bits / 8
    return Array("fmt ".utf8) + Self.integer(16, 4) + Self.integer(format, 2) + Self.integer(channels, 2)
      + Self.integer(sampleRate, 4) + Self.integer(sampleRate * frame, 4) + Self.integer(frame, 2)
      + Self.integer(bits, 2)
  }

  var dataChunk: [UInt8] { Array("data".utf8) + Self.integer(claimedDataBytes ?? data.count, 4) + data }

  static func riff(_ chunks: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + integer(chunks.count + 4, 4) + Array("WAVE".utf8) + chunks
  }

  static func integer(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// 16-bit samples 0, 1, 2, …
  static func ramp(_ count: Int) -> [UInt8] { (0..<count).flatMap { integer($0, 2) } }

  /// Samples of 32-bit floating point.
  static func floats(_ samples: [Float]) -> [UInt8] { samples.flatMap { integer(Int($0.bitPattern), 4) } }
}
