import KodamaCore

/// What some numbers have in common.
public struct Statistics: Sendable, Equatable, Codable {
  /// How many numbers there are.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// The middle one, or the mean of the middle two.
  public let median: Double
  /// √(Σ (x − mean)² / (count − 1)); nil for a single number.
  public let standardDeviation: Double?
  /// The 95 % confidence interval of the mean, by bootstrap; nil for a single number.
  public let interval: ConfidenceInterval?
  /// The smallest.
  public let minimum: Double
  /// The largest.
  public let maximum: Double

  /// Nil for no numbers.
  public init?(_ values: [Double], bootstrap: Bootstrap = Bootstrap()) {
    if values.isEmpty { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let sorted = values.sorted()
    median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    (minimum, maximum) = (sorted[0], sorted[sorted.count - 1])
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = values.count == 1 ? nil : (squares / Double(values.count - 1)).squareRoot()
    interval = bootstrap.interval(ofMeanOf: values)
  }
}

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
