import KodamaCore

/// The encoding of a sound file: its container and sample format.
public struct AudioEncoding: Sendable, Equatable {
  /// The container.
  public enum Container: String, Sendable, CaseIterable {
    /// RIFF WAVE; RF64 above 4 GiB.
    case wav
    /// Lossless compression, up to 8 channels.
    case flac
    /// Samples alone, little-endian, without a header.
    case raw
    /// Vorbis in Ogg: lossy.
    case vorbis
    /// Opus in Ogg: lossy, at a few sample rates.
    case opus
    /// MPEG layer III: lossy, at a few sample rates, up to 2 channels.
    case mp3

    /// Whether the sound that is read back is not exactly what was written.
    public var isLossy: Bool { [.vorbis, .opus, .mp3].contains(self) }
  }

  /// The sample format.
  public enum SampleFormat: String, Sendable, CaseIterable {
    /// 16-bit integers.
    case pcm16
    /// 24-bit integers.
    case pcm24
    /// 32-bit floating point, full scale ±1.
    case float32

    /// Bytes of one sample.
    var bytes: Int {
      switch self {
      case .pcm16: 2
      case .pcm24: 3
      case .float32: 4
      }
    }
  }

  /// The container.
  public var container: Container
  /// The sample format.
  public var sampleFormat: SampleFormat

  /// An encoding; 16-bit WAV by default.
  public init(_ container: Container = .wav, _ sampleFormat: SampleFormat = .pcm16) {
    self.container = container
    self.sampleFormat = sampleFormat
  }
}

// MARK: What a format can hold

extension AudioEncoding.Container {
  /// The name in messages.
  var name: String {
    switch self {
    case .wav: "WAV"
    case .flac: "FLAC"
    case .raw: "raw PCM"
    case .vorbis: "Ogg Vorbis"
    case .opus: "Opus"
    case .mp3: "MP3"
    }
  }

  /// The sample rates in Hz; nil where a range bounds them.
  private var sampleRates: [Int]? {
    switch self {
    case .opus: [8_000, 12_000, 16_000, 24_000, 48_000]
    case .mp3: [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
    case .wav, .flac, .raw, .vorbis: nil
    }
  }

  /// The highest sample rate in Hz.
  private var highestRate: Int {
    switch self {
    case .flac: 655_350
    case .vorbis: 200_000
    case .wav, .raw, .opus, .mp3: AudioLimits.sampleRates.upperBound
    }
  }

  /// The most channels.
  private var mostChannels: Int {
    switch self {
    case .flac: 8
    case .mp3: 2
    case .vorbis, .opus: 255
    case .wav, .raw: AudioLimits.channels.upperBound
    }
  }

  /// Why a sound cannot be written, and what to do; nil where it can.
  func problem(sampleRate: Int, channels: Int) -> String? {
    if let sampleRates, !sampleRates.contains(sampleRate) {
      let known = sampleRates.dropLast().map { NumberText.grouped($0) }.joined(separator: ", ")
      return "\(name) has the rates \(known) and \(NumberText.grouped(sampleRates.last ?? 0)) Hz only, not "
        + "\(NumberText.grouped(sampleRate)) Hz; end the name in .ogg, .flac or .wav"
    }
    if channels > mostChannels || sampleRate > highestRate {
      return
        "\(name) holds up to \(Plural.text(mostChannels, "channel")) and \(NumberText.grouped(highestRate)) Hz, not "
        + "\(channels) and \(NumberText.grouped(sampleRate)); take WAV"
    }
    return nil
  }
}

/// Encoding of samples as the bytes of a file.
///
/// An integer of b bits is round(x · 2^(b−1)), ties away from zero, clamped to −2^(b−1) … 2^(b−1) − 1. (libsndfile
/// wraps by default, and clips by flooring.)
extension AudioEncoding.SampleFormat {
  /// The 16-bit integer of a finite sample.
  static func int16(_ sample: Float) -> Int16 { Int16(max(-32_768, min(32_767, (sample * 32_768).rounded()))) }

  /// The 24-bit integer of a finite sample.
  static func int24(_ sample: Float) -> Int32 {
    Int32(max(-8_388_608, min(8_388_607, (sample * 8_388_608).rounded())))
  }

  /// The little-endian bytes of finite samples.
  func encode(_ samples: [Float]) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: samples.count * bytes) { buffer, count in
      func put(_ bits: UInt32, bytes: Int) {
        for i in 0..<bytes { buffer[count + i] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * i)) }
        count += bytes
      }
      count = 0
      switch self {
      case .pcm16: for x in samples { put(UInt32(truncatingIfNeeded: Self.int16(x)), bytes: 2) }
      case .pcm24: for x in samples { put(UInt32(truncatingIfNeeded: Self.int24(x)), bytes: 3) }
      case .float32: for x in samples { put(x.bitPattern, bytes: 4) }
      }
    }
  }
}
