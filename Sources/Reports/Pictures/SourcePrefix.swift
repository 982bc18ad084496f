import KodamaSpectra

/// The beginning of a sound.
struct SourcePrefix: SampleSource {
  let base: any SampleSource
  let frames: Int

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var label: String { base.label }

  /// - Precondition: no more samples than the sound has.
  init(_ base: any SampleSource, frames: Int) {
    precondition((0...base.frames).contains(frames), "the first \(frames) of \(base.frames) samples")
    self.base = base
    self.frames = frames
  }

  func samples(in range: Range<Int>) throws -> [[Float]] { try base.samples(in: range) }
}
