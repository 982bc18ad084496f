import KodamaCore

/// What spectral convergence and the distance of log magnitudes are made of: sums over all frames, bins and channels,
/// with Y the reference and magnitudes √max(power, floor).
struct MagnitudeSums: Sendable {
  /// Σ (|X| − |Y|)², Σ |Y|² and Σ |ln |X| − ln |Y||.
  private var sums = SIMD3<Double>.zero
  /// Frames times bins times channels.
  private let count: Int

  private let powerFloor: Double

  /// Whether the reference is nowhere above the floor.
  var referenceIsSilent: Bool { sums[1] <= Double(count) * powerFloor * (1 + 1e-9) }
  /// √(Σ (|X| − |Y|)² / Σ |Y|²).
  var convergence: Double { (sums[0] / sums[1]).squareRoot() }
  /// The mean of |ln |X| − ln |Y||.
  var logarithmicDistance: Double { sums[2] / Double(count) }

  /// - Parameter powerFloor: the least power |X|² that counts, positive.
  init(
    _ stft: STFT, powerFloor: Double, reference: any SampleSource, generated: any SampleSource, workers: Workers
  ) throws {
    count = stft.frames(samples: reference.frames) * stft.bins * reference.channelCount
    self.powerFloor = powerFloor
    let kernels = SpectralKernels.current
    try stft.forEachFrame(
      of: reference, and: generated, workers: workers, partial: { SIMD3<Double>.zero },
      visit: { $0 += kernels.magnitudeSums($1, floor: powerFloor) }, merge: { sums += $0 })
  }
}
