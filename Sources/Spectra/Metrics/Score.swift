/// The value of a metric, or why there is none.
public enum Score: Sendable, Equatable {
  /// A finite number in the metric's unit.
  case value(Double)
  /// The metric has no value for this input.
  case undefined(reason: String)

  /// The number, if there is one.
  public var value: Double? {
    if case .value(let value) = self { return value }
    return nil
  }

  /// Every metric's answer to a sound without samples.
  static let noSamples = Score.undefined(reason: "there are no samples")
  /// The answer of a level in dB to a sound of zeros.
  static let silent = Score.undefined(reason: "the sound is silent")
}
