/// A WAV file made by hand, every field of which can be wrong.
public struct WaveBytes: Sendable {
  public var format: Int
  public var channels: Int
  public var sampleRate: Int
  public var bits: Int
  public var bytesPerFrame: Int?
  /// The bits that are used, of the format 0xFFFE of linear PCM; nil: a chunk without what that format adds.
  public var validBits: Int?
  public var claimedRIFFBytes: Int?
  public var claimedDataBytes: Int?
  public var chunkBeforeData: [UInt8]
  public var data: [UInt8]

  /// A good file, but for the fields that are given.
  public init(
    format: Int = 1, channels: Int = 1, sampleRate: Int = 16_000, bits: Int = 16, bytesPerFrame: Int? = nil,
    validBits: Int? = nil, claimedRIFFBytes: Int? = nil, claimedDataBytes: Int? = nil, chunkBeforeData: [UInt8] = [],
    data: [UInt8] = WaveBytes.ramp(1_000)
  ) {
    self.format = format
    self.channels = channels
    self.sampleRate = sampleRate
    self.bits = bits
    self.bytesPerFrame = bytesPerFrame
    self.validBits = validBits
    self.claimedRIFFBytes = claimedRIFFBytes
    self.claimedDataBytes = claimedDataBytes
    self.chunkBeforeData = chunkBeforeData
    self.data = data
  }

  public var bytes: [UInt8] {
    var bytes = Self.riff(formatChunk + chunkBeforeData + dataChunk)
    if let claimedRIFFBytes { bytes.replaceSubrange(4..<8, with: Self.integer(claimedRIFFBytes, 4)) }
    return bytes
  }

  public var formatChunk: [UInt8] {
    let frame = bytesPerFrame ?? channels * bits / 8
    var extra: [UInt8] = []
    if let validBits {
      // The identifier of linear PCM.
      let pcm: [UInt8] = [1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]
      extra = Self.integer(22, 2) + Self.integer(validBits, 2) + Self.integer(0, 4) + pcm
    }
    return Array("fmt ".utf8) + Self.integer(16 + extra.count, 4) + Self.integer(format, 2) + Self.integer(channels, 2)
      + Self.integer(sampleRate, 4) + Self.integer(sampleRate * frame, 4) + Self.integer(frame, 2)
      + Self.integer(bits, 2) + extra
  }

  public var dataChunk: [UInt8] { Array("data".utf8) + Self.integer(claimedDataBytes ?? data.count, 4) + data }

  public static func riff(_ chunks: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + integer(chunks.count + 4, 4) + Array("WAVE".utf8) + chunks
  }

  public static func integer(_ value: Int, _ bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// 16-bit samples 0, 1, 2, …
  public static func ramp(_ count: Int) -> [UInt8] { (0..<count).flatMap { integer($0, 2) } }

  /// Samples of 32-bit floating point.
  public static func floats(_ samples: [Float]) -> [UInt8] { samples.flatMap { integer(Int($0.bitPattern), 4) } }
}
