/// Whether a result passes one threshold. Keys as in JSON.
public struct ThresholdOutcome: Sendable, Equatable, Codable {
  /// The threshold as it was given.
  public let threshold: String
  /// The name of the metric.
  public let metric: String
  /// The name of the statistic; `sets` for the score of two sets.
  public let statistic: String
  /// The measured value, in the metric's unit; nil where there is none.
  public let value: Double?
  /// Whether the value is on the good side of the bound; false where there is none.
  public let passed: Bool
  /// The value and the bound in words.
  public let message: String
}
