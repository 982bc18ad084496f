import Foundation

/// How sound is written: the container and the form of its samples.
public struct AudioEncoding: Sendable, Equatable {
  /// What holds the samples.
  public enum Container: String, Sendable, CaseIterable {
    /// RIFF WAVE; RF64 where it grows over 4 GiB.
    case wav
    /// Lossless compression, up to 8 channels.
    case flac
    /// Samples alone, little-endian, without a header.
    case raw
  }

  /// The form of one sample.
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

  /// What holds the samples.
  public var container: Container
  /// The form of one sample.
  public var sampleFormat: SampleFormat

  /// An encoding; 16-bit WAV unless said otherwise.
  public init(_ container: Container = .wav, _ sampleFormat: SampleFormat = .pcm16) {
    self.container = container
    self.sampleFormat = sampleFormat
  }

  /// The encoding that a file's extension asks for: wav or wave, flac, raw or pcm.
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
