import KodamaCore

/// Summary statistics of a sample.
public struct Statistics: Sendable, Equatable, Codable {
  /// The number of values.
  public let count: Int
  /// Their mean.
  public let mean: Double
  /// The median.
  public let median: Double
  /// √(Σ (x − mean)² / (count − 1)); nil for a single number.
  public let standardDeviation: Double?
  /// The 95 % confidence interval of the mean, by bootstrap; nil for a single number.
  public let interval: ConfidenceInterval?
  /// The minimum.
  public let minimum: Double
  /// The maximum.
  public let maximum: Double
  /// The 5th percentile; nil where an evaluation of an earlier version was read.
  public let p5: Double?
  /// The 95th percentile; nil likewise.
  public let p95: Double?

  /// The names in JSON are those that thresholds take.
  private enum CodingKeys: String, CodingKey {
    case count, mean, median, interval, p5, p95
    case standardDeviation = "std"
    case minimum = "min"
    case maximum = "max"
  }

  /// Nil for an empty sample.
  public init?(_ values: [Double], bootstrap: Bootstrap = Bootstrap()) {
    if values.isEmpty { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let sorted = values.sorted()
    median = (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    (minimum, maximum) = (sorted[0], sorted[sorted.count - 1])
    (p5, p95) = (Self.quantile(0.05, ofSorted: sorted), Self.quantile(0.95, ofSorted: sorted))
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = values.count == 1 ? nil : (squares / Double(values.count - 1)).squareRoot()
    interval = bootstrap.interval(ofMeanOf: values)
  }

  /// A percentile of a sample, interpolated between its values as by numpy's `percentile`; nil for an empty sample.
  ///
  /// - Parameter share: 0 to 100, in percent.
  public static func percentile(_ share: Double, of values: [Double]) -> Double? {
    precondition((0...100).contains(share), "a percentile is 0 to 100 %, not \(share)")
    return values.isEmpty ? nil : quantile(share / 100, ofSorted: values.sorted())
  }

  fileprivate static func quantile(_ share: Double, ofSorted values: [Double]) -> Double {
    let position = share * Double(values.count - 1)
    let index = Int(position)
    let rest = position - Double(index)
    return rest == 0 ? values[index] : values[index] + rest * (values[index + 1] - values[index])
  }
}

/// A 95 % confidence interval.
public struct ConfidenceInterval: Sendable, Equatable, Codable {
  /// The lower end.
  public let low: Double
  /// The upper end.
  public let high: Double

  /// An interval.
  package init(low: Double, high: Double) { (self.low, self.high) = (low, high) }
}

/// Bootstrap confidence intervals of a mean: the distribution of means of resamples, drawn with replacement, estimates
/// the sampling distribution of the mean.
///
/// - Source: Efron 1979; the percentile interval of Efron and Tibshirani 1993, chapter 13.
public struct Bootstrap: Sendable, Equatable {
  /// The number of resamples.
  public static let draws = 2000

  /// The seed of the random numbers.
  public let seed: UInt64

  /// A bootstrap with a seed.
  public init(seed: UInt64 = 0) { self.seed = seed }

  /// The 95 % percentile interval of the mean; nil for fewer than two values. Ends between two resampled means are
  /// interpolated, as by numpy's `quantile`.
  public func interval(ofMeanOf values: [Double]) -> ConfidenceInterval? {
    if values.count < 2 { return nil }
    var random = Philox(seed: seed)
    var means = (0..<Self.draws).map { _ in
      var sum = 0.0
      for _ in values.indices { sum += values[random.integer(below: values.count)] }
      return sum / Double(values.count)
    }
    means.sort()
    return ConfidenceInterval(
      low: Statistics.quantile(0.025, ofSorted: means), high: Statistics.quantile(0.975, ofSorted: means))
  }
}
