import KodamaAudio
import KodamaTensors
import KodamaWaveNets

/// Reads the features beside stretches of recordings, as many frames as a network needs for them.
package struct FeatureReader: CropCompanion {
  /// What the network is conditioned on.
  package let features: FeatureConditioning
  /// Where the frames come from.
  package let source: any FeatureSource

  /// The frames beside steps `start` ..< `start` + `steps` of a recording, with the network's margin on both sides;
  /// before the first and after the last frame these are repeated.
  ///
  /// - Shapes: [⌈steps / hop⌉ + 2 · margin, channels].
  /// - Precondition: `start` is a multiple of the hop.
  package func window(of recording: Int, from start: Int, steps: Int) throws -> [Float] {
    precondition(start % features.hopLength == 0, "step \(start) is no multiple of the hop, \(features.hopLength)")
    let first = start / features.hopLength - features.marginFrames
    let range = first..<first + features.windowFrames(steps: steps)
    let (count, channels) = (source.frames(of: recording), features.channels)
    func known(_ frame: Int) -> Int { min(max(frame, 0), count - 1) }
    let (low, high) = (known(range.lowerBound), known(range.upperBound - 1))
    let values = try source.read(recording, frames: low..<high + 1)
    if low == range.lowerBound && high == range.upperBound - 1 { return values }
    return FeatureSequence(values, channels: channels).frames(range.lowerBound - low..<range.upperBound - low)
  }

  /// The features of the first samples of a recording, with what a network must know beyond them.
  package func sequence(of recording: Int, samples: Int) throws -> FeatureSequence {
    let needed = (samples + features.hopLength - 1) / features.hopLength + features.marginFrames
    let known = max(1, min(source.frames(of: recording), needed))
    return FeatureSequence(try source.read(recording, frames: 0..<known), channels: features.channels)
  }

  package func values(beside crop: Crop, length: Int) throws -> [Float] {
    try window(of: crop.recording, from: crop.start, steps: length)
  }
}
