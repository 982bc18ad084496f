import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension LogMel {
  /// A sound that has these features, as far as they say how it sounds: the spectrum from the bands, the phases by
  /// Griffin and Lim's algorithm. What a vocoder is compared with.
  ///
  /// - Shapes: features [frames, bands] → [count].
  /// - Parameters:
  ///   - count: samples of the result.
  ///   - phases: how the phases are found.
  /// - Precondition: as many bands as the convention has, 1 + ⌊count / hop⌋ frames, and finite numbers.
  public func inverse(
    _ features: Spectrogram, count: Int, phases: GriffinLim = GriffinLim(), workers: Workers = .all
  ) -> [Float] {
    precondition(
      features.bands == convention.bands && features.frames == convention.frames(ofSamples: count),
      "\(features.frames) frames of \(features.bands) bands are not the features of \(count) samples, "
        + "\(convention.frames(ofSamples: count)) frames of \(convention.bands) bands")
    if count == 0 { return [] }
    return phases.samples(
      magnitudes: magnitudes(of: features, workers: workers), stft: stft, count: count, workers: workers)
  }

  /// The magnitudes |X| of every bin that have these features.
  ///
  /// - Shapes: [frames, bands] → [frames, bins].
  func magnitudes(of features: Spectrogram, workers: Workers) -> Spectrogram {
    var bands = features
    // Generated features may lie far out of the range of sound's; e³⁰ still has a square among the numbers.
    for (index, value) in features.values.enumerated() {
      bands.values[index] = Float(exp(min(Double(value) * convention.divisor + convention.offset, 30)))
    }
    var bins = filterbank.inverse(bands, workers: workers)
    if convention.spectrum == .power { for index in bins.values.indices { bins.values[index].formSquareRoot() } }
    return bins
  }
}
