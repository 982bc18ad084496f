import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension LogMel {
  /// A sound with these features: the spectrum is reconstructed from the bands, the phases by Griffin and Lim's
  /// algorithm. A baseline for vocoders.
  ///
  /// - Shapes: features [frames, bands] → [count].
  /// - Parameters:
  ///   - count: the number of samples of the result.
  ///   - phases: the algorithm that finds the phases.
  /// - Precondition: as many bands as the convention has, 1 + ⌊count / hop⌋ frames, and finite numbers.
  public func inverse(
    _ features: Spectrogram, count: Int, phases: GriffinLim = GriffinLim(), workers: Workers = .all
  ) -> [Float] {
    inverse(features, count: count, phases: phases, workers: workers) { _ in }
  }

  /// As `inverse(_:count:phases:workers:)`, for long sounds.
  ///
  /// - Parameter progress: called with the number of iterations done; may throw to cancel.
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

  /// Refines a sound with approximately these features to have them exactly: its spectrum is filtered, frame by frame,
  /// until its bands match, and iterations make phases and magnitudes consistent again. Properties that the features do
  /// not determine are preserved: the positions of a voice's pulses, and the components between its harmonics.
  ///
  /// For the output of vocoders, whose features deviate randomly from the input because samples are drawn.
  ///
  /// - Shapes: samples [T], features [frames, bands] → [T].
  /// - Parameters:
  ///   - phases: with 0 iterations the sound is only filtered; the seed is not used.
  ///   - progress: called with the number of iterations done; may throw to cancel.
  /// - Precondition: as many bands as the convention has, and 1 + ⌊T / hop⌋ frames of finite numbers.
  /// - Throws: `SpectraFault.notFinite`; errors of `progress`.
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

  /// The magnitudes |X| of every bin with these features.
  ///
  /// - Shapes: [frames, bands], start [frames, bins] → [frames, bins].
  /// - Parameter start: a spectrum with approximately these features, of powers where the convention uses power; nil
  ///   for none.
  func magnitudes(of features: Spectrogram, from start: Spectrogram? = nil, workers: Workers) -> Spectrogram {
    var bands = features
    // Generated features may be far outside the range of those of sound; the square of e³⁰ is still representable.
    for (index, value) in features.values.enumerated() {
      bands.values[index] = Float(exp(min(Double(value) * convention.divisor + convention.offset, 30)))
    }
    var bins = filterbank.inverse(bands, from: start, workers: workers)
    if convention.spectrum == .power { for index in bins.values.indices { bins.values[index].formSquareRoot() } }
    return bins
  }
}
