import KodamaCore

/// An interval that holds a number with 95 % confidence.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double
}

/// The confidence of a mean, from the sample alone: means of as many values drawn from it with replacement spread as the
/// mean itself would over new samples.
///
/// - Source: Efron 1979; the percentile interval of Efron and Tibshirani 1993, chapter 13.
public struct Bootstrap: Sendable, Equatable {
  /// How many samples are drawn.
  public static let draws = 2000

  /// Where the random numbers begin.
  public let seed: UInt64

  /// A bootstrap whose draws are those of a seed.
  public init(seed: UInt64 = 0) { self.seed = seed }

  /// The 95 % percentile interval of the mean; nil for fewer than two values. Ends between two drawn means are interpolated,
  /// as numpy's `quantile` does.
  public func interval(ofMeanOf values: [Double]) -> ConfidenceInterval? {
    if values.count < 2 { return nil }
    var random = Philox(seed: seed)
    var means = (0..<Self.draws).map { _ in
      var sum = 0.0
      for _ in values.indices { sum += values[random.integer(below: values.count)] }
      return sum / Double(values.count)
    }
    means.sort()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(means.count - 1)
      let index = Int(place)
      let rest = place - Double(index)
      return rest == 0 ? means[index] : means[index] + rest * (means[index + 1] - means[index])
    }
    return ConfidenceInterval(low: quantile(0.025), high: quantile(0.975))
  }
}
