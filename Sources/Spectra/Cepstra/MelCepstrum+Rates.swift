extension MelCepstrum {
  /// The order and the all-pass constant that suit a sample rate.
  ///
  /// 16,000 Hz: 23 and 0.42; 22,050 Hz: 34 and 0.45; 24,000 Hz: 34 and 0.46; 44,100 Hz: 39 and 0.53; 48,000 Hz: 39 and
  /// 0.55. Elsewhere α is the one that comes nearest to the mel scale, as pysptk's `mcepalpha` finds it (8,000 Hz: 0.312),
  /// and the order is that of the next listed rate below, or under 16,000 Hz in proportion to the rate: 23 · rate / 16000,
  /// rounded, at least 1 (8,000 Hz: 12).
  ///
  /// - Precondition: a positive sample rate.
  /// - Source: kan-bayashi/ParallelWaveGAN's `evaluate_mcd` for the listed rates; the rest is this package's own rule.
  public static func parameters(sampleRate: Int) -> (order: Int, alpha: Double) {
    precondition(sampleRate > 0, "a sample rate must be positive, not \(sampleRate)")
    if let listed = listedParameters.first(where: { $0.sampleRate == sampleRate }) {
      return (listed.order, listed.alpha)
    }
    let below = listedParameters.last { $0.sampleRate < sampleRate }
    let order = below?.order ?? max(1, (23 * sampleRate + 8000) / 16_000)
    return (order, FrequencyWarping.nearestToMel(sampleRate: sampleRate).alpha)
  }

  private static let listedParameters: [(sampleRate: Int, order: Int, alpha: Double)] = [
    (16_000, 23, 0.42), (22_050, 34, 0.45), (24_000, 34, 0.46), (44_100, 39, 0.53),
    (48_000, 39, 0.55),
  ]
}
