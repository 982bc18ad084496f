import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The scale-invariant signal-to-distortion ratio.
///
/// With x the generated sound and y the reference, both with their means removed: α = ⟨x, y⟩ / (⟨y, y⟩ + ε),
/// SI-SDR = 10 log₁₀(‖αy‖² / (‖x − αy‖² + ε) + ε), dB, ε = 1e-8; so the value of a perfect copy is large but finite.
/// The mean over channels is taken. auraloss's loss is the negative of this.
///
/// - Source: Le Roux et al. 2019, "SDR — half-baked or well done?"; auraloss 0.4's `SISDRLoss` for ε.
public enum ScaleInvariantSDR: PairMeasurement {
  /// The metric `si-sdr`.
  public static let metric = Metric(
    name: "si-sdr", title: "scale-invariant signal-to-distortion ratio", unit: "dB", direction: .higherIsBetter,
    scope: .pairs,
    definition: "10 log10(|a y|^2 / (|x - a y|^2 + e) + e), a = <x, y> / (<y, y> + e), means removed, e = 1e-8; mean "
      + "over channels",
    source: "Le Roux et al. 2019; auraloss 0.4")
  static let metrics = [metric]

  private static let epsilon = 1e-8

  /// The ratio of a pair; undefined where either sound is silent or constant.
  ///
  /// - Precondition: both have one sample rate, number of channels and length.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public static func score(reference: any SampleSource, generated: any SampleSource) throws -> Score {
    if reference.frames == 0 { return .noSamples }
    var moments = [Moments](repeating: Moments(), count: reference.channelCount)
    try forEachBlock(reference, generated) { channel, y, x in moments[channel].add(y, x) }
    for (channel, moments) in moments.enumerated() {
      if moments.isConstant(\.y, \.yy) { return .undefined(reason: "channel \(channel) of the reference is constant") }
      if moments.isConstant(\.x, \.xx) {
        return .undefined(reason: "channel \(channel) of the generated sound is constant")
      }
    }
    // The residual is summed sample by sample: computed from moments, it would be lost to cancellation where the two
    // sounds are close.
    var residuals = [Double](repeating: 0, count: moments.count)
    try forEachBlock(reference, generated) { channel, y, x in
      let (meanX, meanY, scale) = (moments[channel].meanX, moments[channel].meanY, moments[channel].scale(epsilon))
      var sum = 0.0
      for n in y.indices {
        let residual = (Double(x[n]) - meanX) - scale * (Double(y[n]) - meanY)
        sum += residual * residual
      }
      residuals[channel] += sum
    }
    var total = 0.0
    for (moments, residual) in zip(moments, residuals) {
      let scale = moments.scale(epsilon)
      total += 10 * log10(scale * scale * moments.centeredYY / (residual + epsilon) + epsilon)
    }
    return .value(total / Double(moments.count))
  }

  static func measure(reference: any SampleSource, generated: any SampleSource, workers: Workers) throws -> [Score] {
    [try score(reference: reference, generated: generated)]
  }

  private static func forEachBlock(
    _ reference: any SampleSource, _ generated: any SampleSource, _ body: (Int, [Float], [Float]) throws -> Void
  ) throws {
    for start in stride(from: 0, to: reference.frames, by: Blocks.frames) {
      let range = start..<min(reference.frames, start + Blocks.frames)
      let pairs = zip(try reference.checkedSamples(in: range), try generated.checkedSamples(in: range))
      for (channel, pair) in pairs.enumerated() { try body(channel, pair.0, pair.1) }
    }
  }

  /// Sums over one channel of a pair.
  private struct Moments {
    var count = 0.0
    var (x, y, xx, xy, yy) = (0.0, 0.0, 0.0, 0.0, 0.0)

    var meanX: Double { x / count }
    var meanY: Double { y / count }
    var centeredYY: Double { yy - y * y / count }

    func scale(_ epsilon: Double) -> Double { (xy - x * y / count) / (centeredYY + epsilon) }

    /// Whether a signal's variance is zero within rounding.
    func isConstant(_ sum: KeyPath<Moments, Double>, _ squares: KeyPath<Moments, Double>) -> Bool {
      let (sum, squares) = (self[keyPath: sum], self[keyPath: squares])
      return squares - sum * sum / count <= 1e-13 * squares
    }

    mutating func add(_ reference: [Float], _ generated: [Float]) {
      count += Double(reference.count)
      for n in reference.indices {
        let (a, b) = (Double(generated[n]), Double(reference[n]))
        x += a
        y += b
        xx += a * a
        xy += a * b
        yy += b * b
      }
    }
  }
}
