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
