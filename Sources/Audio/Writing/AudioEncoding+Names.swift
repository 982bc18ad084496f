import Foundation
import KodamaCore

extension AudioEncoding {
  /// The encoding for a file's extension: wav or wave, flac, ogg or oga (Vorbis), opus, mp3, raw or pcm.
  ///
  /// - Throws: `AudioFault.unsupportedOutput` for any other, for samples that the format cannot hold, and for a format
  ///   that this libsndfile cannot write.
  public init(forName path: String, _ sampleFormat: SampleFormat = .pcm16) throws {
    switch (path as NSString).pathExtension.lowercased() {
    case "wav", "wave": self.init(.wav, sampleFormat)
    case "flac": self.init(.flac, sampleFormat)
    case "raw", "pcm": self.init(.raw, sampleFormat)
    case "ogg", "oga": self.init(.vorbis, sampleFormat)
    case "opus": self.init(.opus, sampleFormat)
    case "mp3": self.init(.mp3, sampleFormat)
    case let other:
      throw AudioFault.unsupportedOutput(
        path: path,
        problem: "sound cannot be written as \".\(other)\"; end the name in .wav, .flac, .ogg, .opus, .mp3 or .raw")
    }
    try check(path: path)
  }

  /// Throws where the format cannot hold such samples, or this libsndfile cannot write it.
  ///
  /// - Throws: `AudioFault.unsupportedOutput`.
  func check(path: String) throws {
    if container == .flac && sampleFormat == .float32 {
      throw AudioFault.unsupportedOutput(path: path, problem: "FLAC holds integers; take pcm16 or pcm24, or WAV")
    }
    if container.isLossy && sampleFormat != .pcm16 {
      throw AudioFault.unsupportedOutput(
        path: path,
        problem: "\(container.name) has no \(sampleFormat.rawValue) samples; leave the format out, or take WAV")
    }
    if !CodecSink.canWrite(container) {
      throw AudioFault.unsupportedOutput(
        path: path, problem: "the installed libsndfile cannot write \(container.name); end the name in .wav or .flac")
    }
  }
}
