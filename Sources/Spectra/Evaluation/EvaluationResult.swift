/// The scores of generated sounds against their references.
///
/// Encodes to JSON with the properties' names as keys; `scores`, `undefined` and `aggregate` have the metrics' keys.
public struct EvaluationResult: Sendable, Equatable, Codable {
  /// The metrics, in the order of tables.
  public var metrics: [Metric]
  /// The pairs, in order; empty where two sets without common names were compared.
  public var pairs: [PairScores]
  /// For each metric's key the statistics of its scores over the pairs where it is defined; no entry where it never is.
  public var aggregate: [String: Statistics]
  /// The two sides as sets; nil without a metric of sets.
  public var sets: SetScores?
  /// Names of references without a counterpart.
  public var unpairedReference: [String]
  /// Names of generated sounds without a counterpart.
  public var unpairedGenerated: [String]
  /// What white noise as long and as loud as the generated sounds scores in their place, as a set; nil where it was not
  /// asked for.
  public var noise: SetScores?
  /// What was left out although it was not excluded, and why; nil where nothing was.
  public var omissions: [String]?
}

/// Something that has scores.
public protocol Scored {
  /// The values by the metrics' keys, where they are defined.
  var scores: [String: Double] { get }
  /// Why there is no value, by the metrics' keys.
  var undefined: [String: String] { get }
}

extension Scored {
  /// The score of a metric; nil where the metric was not asked for.
  public subscript(metric: Metric) -> Score? {
    scores[metric.key].map(Score.value) ?? undefined[metric.key].map { .undefined(reason: $0) }
  }
}

/// The scores of one pair.
public struct PairScores: Sendable, Equatable, Codable, Scored {
  /// The name of the reference.
  public let reference: String
  /// The name of the generated sound.
  public let generated: String
  /// The values by the metrics' keys, where they are defined.
  public let scores: [String: Double]
  /// Why there is no value, by the metrics' keys.
  public let undefined: [String: String]

  init(reference: String, generated: String, _ scores: [(Metric, Score)]) {
    self.reference = reference
    self.generated = generated
    (self.scores, undefined) = split(scores)
  }
}

/// The scores of two sets.
public struct SetScores: Sendable, Equatable, Codable, Scored {
  /// How much sound a side holds.
  public struct Extent: Sendable, Equatable, Codable {
    /// The number of sounds.
    public private(set) var sounds = 0
    /// Their length in all, in seconds.
    public private(set) var seconds = 0.0

    mutating func add(seconds: Double) {
      sounds += 1
      self.seconds += seconds
    }
  }

  /// The references.
  public let reference: Extent
  /// The generated sounds.
  public let generated: Extent
  /// The values by the metrics' keys, where they are defined.
  public let scores: [String: Double]
  /// Why there is no value, by the metrics' keys.
  public let undefined: [String: String]

  init(reference: Extent, generated: Extent, _ scores: [(Metric, Score)]) {
    self.reference = reference
    self.generated = generated
    (self.scores, undefined) = split(scores)
  }
}

/// Values and reasons apart, by the metrics' keys.
private func split(_ scores: [(Metric, Score)]) -> ([String: Double], [String: String]) {
  var values: [String: Double] = [:]
  var reasons: [String: String] = [:]
  for (metric, score) in scores {
    switch score {
    case .value(let value): values[metric.key] = value
    case .undefined(let reason): reasons[metric.key] = reason
    }
  }
  return (values, reasons)
}
