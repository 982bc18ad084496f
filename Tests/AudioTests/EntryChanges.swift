@testable import KodamaAudio

extension CorpusEntry {
  /// The same sound under another path.
  func at(_ path: String, modificationTime: Double? = nil) -> CorpusEntry {
    CorpusEntry(
      path: path, bytes: bytes, modificationTime: modificationTime ?? self.modificationTime, format: format,
      frames: frames, sampleRate: sampleRate, channels: channels, peak: peak, clippedSamples: clippedSamples,
      silenceShare: silenceShare, contentHash: contentHash, warnings: warnings, labels: labels)
  }
}
