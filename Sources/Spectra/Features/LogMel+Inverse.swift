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
    inverse(features, count: count, phases: phases, workers: workers) { _ in }
  }

  /// As `inverse(_:count:phases:workers:)`, for long sounds.
  ///
  /// - Parameter progress: is told how many iterations are done, and ends the work by throwing.
  public func inverse(
    _ features: Spectrogram, count: Int, phases: GriffinLim, workers: Workers,
    progress: (_ iterations: Int) throws -> Void
  ) rethrows -> [Float] {
    checkShape(features, count: count)
    if count == 0 { return [] }
    return try phases.samples(
      magnitudes: magnitudes(of: features, workers: workers), stft: stft, count: count, workers: workers,
      progress: progress)
  }

  /// A sound that has about these features, brought to have them: its spectrum is filtered, frame by frame, until its bands
  /// are those wanted, and iterations make phases and magnitudes fit together again. What the features do not tell stays
  /// as it is in the sound: where the pulses of a voice are, and what lies between its harmonics.
  ///
  /// For what a vocoder makes of features: what it draws has a chance in it that features of its own have not.
  ///
  /// - Shapes: samples [T], features [frames, bands] → [T].
  /// - Parameters:
  ///   - phases: none of its iterations only filters; its seed does not matter.
  ///   - progress: is told how many iterations are done, and ends the work by throwing.
  /// - Precondition: as many bands as the convention has, and 1 + ⌊T / hop⌋ frames of finite numbers.
  /// - Throws: `SpectraFault.notFinite`; what `progress` throws.
  public func refined(
    _ samples: [Float], to features: Spectrogram, phases: GriffinLim = GriffinLim(iterations: 30),
    workers: Workers = .all, progress: (_ iterations: Int) throws -> Void = { _ in }
  ) throws -> [Float] {
    checkShape(features, count: samples.count)
    if samples.isEmpty { return [] }
    let transform = try stft.transform(samples, workers: workers)
    let start = convention.spectrum == .power ? transform.power : transform.magnitudes
    let magnitudes = magnitudes(of: features, from: start, workers: workers)
    return try phases.samples(
      magnitudes: magnitudes, phasesOf: transform, stft: stft, count: samples.count, workers: workers,
      progress: progress)
  }

  private func checkShape(_ features: Spectrogram, count: Int) {
    precondition(
      features.bands == convention.bands && features.frames == convention.frames(ofSamples: count),
      "\(features.frames) frames of \(features.bands) bands are not the features of \(count) samples, "
        + "\(convention.frames(ofSamples: count)) frames of \(convention.bands) bands")
  }

  /// The magnitudes |X| of every bin that have these features.
  ///
  /// - Shapes: [frames, bands], start [frames, bins] → [frames, bins].
  /// - Parameter start: a spectrum, of powers where the convention gathers powers, that has about these features; nil where
  ///   nothing is known.
  func magnitudes(of features: Spectrogram, from start: Spectrogram? = nil, workers: Workers) -> Spectrogram {
    var bands = features
    // Generated features may lie far out of the range of sound's; e³⁰ still has a square among the numbers.
    for (index, value) in features.values.enumerated() {
      bands.values[index] = Float(exp(min(Double(value) * convention.divisor + convention.offset, 30)))
    }
    var bins = filterbank.inverse(bands, from: start, workers: workers)
    if convention.spectrum == .power { for index in bins.values.indices { bins.values[index].formSquareRoot() } }
    return bins
  }
}
