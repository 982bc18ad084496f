import Foundation

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

  /// The encoding for a file's extension: wav or wave, flac, raw or pcm.
  ///
  /// - Throws: `AudioFault.unsupportedOutput` for any other.
  public init(forName path: String, _ sampleFormat: SampleFormat = .pcm16) throws {
    switch (path as NSString).pathExtension.lowercased() {
    case "wav", "wave": self.init(.wav, sampleFormat)
    case "flac": self.init(.flac, sampleFormat)
    case "raw", "pcm": self.init(.raw, sampleFormat)
    case let other:
      throw AudioFault.unsupportedOutput(
        path: path, problem: "sound cannot be written as \".\(other)\"; end the name in .wav, .flac or .raw")
    }
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
