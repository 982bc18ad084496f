/// Features as those who ask for samples have them.
extension Conditioning {
  /// The length in samples of a signal of some conditions.
  ///
  /// - Parameters:
  ///   - samples: what is asked for; nil for as many as the features reach.
  ///   - primed: samples of the signal that come before those asked for.
  /// - Throws: `WaveNetFault.missingFeatures`, `.notConditionedOnFeatures`, `.featureChannels`, `.featuresTooShort`.
  package func length(
    of conditions: Conditions, samples: Int?, primed: Int = 0
  ) throws(WaveNetFault) -> Int {
    guard let wanted = features else {
      if conditions.features != nil { throw .notConditionedOnFeatures }
      guard let samples else { preconditionFailure("the length of a signal without features") }
      return samples
    }
    guard let found = conditions.features else { throw .missingFeatures(wanted) }
    if found.channels != wanted.channels { throw .featureChannels(found: found.channels, wanted) }
    let reached = max(0, found.frames * wanted.hopLength - primed)
    if let samples, samples > reached {
      throw .featuresTooShort(frames: found.frames, wanted, samples: samples + primed)
    }
    return samples ?? reached
  }
}

extension FeatureConditioning {
  /// What the features are, in words.
  public var text: String {
    switch source {
    case .logMel(let mel):
      "log-mel features of \(mel.bands) bands, a frame every \(mel.hopLength) samples at \(mel.sampleRate) Hz"
    case .frames(let channels, let hopLength): "frames of \(channels) numbers, one every \(hopLength) samples"
    case .signal: "a second recording, sample by sample"
    }
  }
}
