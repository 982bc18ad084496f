import KodamaCore

/// What spectral convergence and the distance of log magnitudes are made of: sums over all frames, bins and channels.
struct MagnitudeSums: Sendable {
  /// Σ (|X| − |Y|)².
  private(set) var difference = 0.0
  /// Σ |Y|², Y the reference.
  private(set) var reference = 0.0
  /// Σ |ln |X| − ln |Y||; 0 without a floor.
  private(set) var logarithms = 0.0
  /// Frames times bins times channels.
  let count: Int

  /// √(Σ (|X| − |Y|)² / Σ |Y|²).
  var convergence: Double { (difference / reference).squareRoot() }
  /// The mean of |ln |X| − ln |Y||.
  var logarithmicDistance: Double { logarithms / Double(count) }

  /// - Parameter powerFloor: the least power |X|² that counts; 0 for none, and then no logarithms are taken.
  init(
    _ stft: STFT, powerFloor: Double, reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws {
    count = stft.frames(samples: reference.frames) * stft.bins * reference.channelCount
    try stft.forEachFrame(
      of: reference, and: generated, workers: workers,
      partial: { Partial(powers: PairPowers(bins: stft.bins)) },
      visit: { partial, spectra in
        partial.powers.take(spectra)
        partial.add(powerFloor: powerFloor)
      },
      merge: {
        difference += $0.difference.sum()
        self.reference += $0.reference.sum()
        logarithms += $0.logarithms.sum()
      })
  }

  private struct Partial: Sendable {
    var powers: PairPowers
    var difference = SIMD4<Double>.zero
    var reference = SIMD4<Double>.zero
    var logarithms = SIMD4<Double>.zero

    mutating func add(powerFloor: Double) {
      var (difference, reference, logarithms) = (difference, reference, logarithms)
      powers.forEachGroup { rawY, rawX, exists in
        let (y, x) = (rawY.floored(at: powerFloor), rawX.floored(at: powerFloor))
        let distance = x.squareRoot() - y.squareRoot()
        difference += exists * distance * distance
        reference += exists * y
        if powerFloor > 0 {
          let half = 0.5 * naturalLogarithm(x / y)
          logarithms += exists * half.replacing(with: -half, where: half .< 0)
        }
      }
      (self.difference, self.reference, self.logarithms) = (difference, reference, logarithms)
    }
  }
}
