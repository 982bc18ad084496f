/// A value with scores.
public protocol Scored {
  /// The values by the metrics' names, where they are defined.
  var scores: [String: Double] { get }
  /// The reasons for missing values, by the metrics' names.
  var undefined: [String: String] { get }
}

extension Scored {
  /// The score of a metric; nil where the metric was not requested.
  public subscript(metric: Metric) -> Score? {
    scores[metric.name].map(Score.value) ?? undefined[metric.name].map { .undefined(reason: $0) }
  }
}

/// Scores by the metrics' names. It encodes into its container as `scores`, a value or null for each metric, and
/// `undefined`, the reasons for nulls.
struct ScoreTable: Sendable, Equatable, Codable {
  let values: [String: Double]
  let reasons: [String: String]

  /// Scores from files beyond this are refused, because sums of their squares may overflow. Scores of sounds are far
  /// below.
  private static let largest = 1e150

  /// An impossible score, with its position in the document.
  struct ImpossibleScore: Error {
    let field: String
    let value: Double
  }

  init(_ scores: [(Metric, Score)]) {
    var (values, reasons) = ([String: Double](), [String: String]())
    for (metric, score) in scores {
      switch score {
      case .value(let value): values[metric.name] = value
      case .undefined(let reason): reasons[metric.name] = reason
      }
    }
    (self.values, self.reasons) = (values, reasons)
  }

  private init(values: [String: Double], reasons: [String: String]) {
    (self.values, self.reasons) = (values, reasons)
  }

  /// These scores and further ones.
  func adding(_ scores: [(Metric, Score)]) -> ScoreTable {
    let further = ScoreTable(scores)
    return ScoreTable(
      values: values.merging(further.values) { $1 }, reasons: reasons.merging(further.reasons) { $1 })
  }

  private enum CodingKeys: CodingKey { case scores, undefined }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    values = try container.decode([String: Double?].self, forKey: .scores).compactMapValues { $0 }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) where value.magnitude > Self.largest {
      let position = decoder.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue }.joined()
      throw ImpossibleScore(field: "\(position.drop { $0 == "." }).scores.\(key)", value: value)
    }
    reasons = try container.decode([String: String].self, forKey: .undefined)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    let nulls = reasons.mapValues { _ in Double?.none }
    try container.encode(values.mapValues(Optional.some).merging(nulls) { value, _ in value }, forKey: .scores)
    try container.encode(reasons, forKey: .undefined)
  }
}

/// The scores of one pair.
public struct PairScores: Sendable, Equatable, Codable, Scored {
  /// The name of the reference.
  public let reference: String
  /// The name of the generated sound.
  public let generated: String
  /// The conversions that were applied before the comparison.
  public let conversions: [String]
  private let table: ScoreTable

  public var scores: [String: Double] { table.values }
  public var undefined: [String: String] { table.reasons }

  init(reference: String, generated: String, _ scores: [(Metric, Score)], conversions: [String] = []) {
    self.reference = reference
    self.generated = generated
    self.conversions = conversions
    table = ScoreTable(scores)
  }

  /// These scores and further ones.
  func adding(_ scores: [(Metric, Score)]) -> PairScores { PairScores(self, table.adding(scores)) }

  private init(_ pair: PairScores, _ table: ScoreTable) {
    (reference, generated, conversions) = (pair.reference, pair.generated, pair.conversions)
    self.table = table
  }

  private enum CodingKeys: CodingKey { case reference, generated, conversions }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    reference = try container.decode(String.self, forKey: .reference)
    generated = try container.decode(String.self, forKey: .generated)
    conversions = try container.decode([String].self, forKey: .conversions)
    table = try ScoreTable(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(reference, forKey: .reference)
    try container.encode(generated, forKey: .generated)
    try container.encode(conversions, forKey: .conversions)
    try table.encode(to: encoder)
  }
}

/// The scores of a single generated sound.
public struct SoundScores: Sendable, Equatable, Codable, Scored {
  /// The name of the sound.
  public let generated: String
  /// The conversions that were applied before the measurement.
  public let conversions: [String]
  private let table: ScoreTable

  public var scores: [String: Double] { table.values }
  public var undefined: [String: String] { table.reasons }

  init(generated: String, _ scores: [(Metric, Score)], conversions: [String] = []) {
    self.generated = generated
    self.conversions = conversions
    table = ScoreTable(scores)
  }

  /// These scores and further ones.
  func adding(_ scores: [(Metric, Score)]) -> SoundScores { SoundScores(self, table.adding(scores)) }

  private init(_ sound: SoundScores, _ table: ScoreTable) {
    (generated, conversions) = (sound.generated, sound.conversions)
    self.table = table
  }

  private enum CodingKeys: CodingKey { case generated, conversions }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    generated = try container.decode(String.self, forKey: .generated)
    conversions = try container.decode([String].self, forKey: .conversions)
    table = try ScoreTable(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(generated, forKey: .generated)
    try container.encode(conversions, forKey: .conversions)
    try table.encode(to: encoder)
  }
}

/// The scores of two sets.
public struct SetScores: Sendable, Equatable, Codable, Scored {
  /// The amount of sound on one side.
  public struct Extent: Sendable, Equatable, Codable {
    /// The number of sounds.
    public private(set) var sounds = 0
    /// Their total length, in seconds.
    public private(set) var seconds = 0.0

    /// No sounds.
    package init() {}

    package mutating func add(seconds: Double) {
      sounds += 1
      self.seconds += seconds
    }
  }

  /// The references.
  public let reference: Extent
  /// The generated sounds.
  public let generated: Extent
  /// The 95 % confidence intervals of some scores, by the metrics' names; nil where there are none.
  public let intervals: [String: ConfidenceInterval]?
  private let table: ScoreTable

  public var scores: [String: Double] { table.values }
  public var undefined: [String: String] { table.reasons }

  init(
    reference: Extent, generated: Extent, _ scores: [(Metric, Score)], intervals: [String: ConfidenceInterval] = [:]
  ) {
    self.init(reference, generated, ScoreTable(scores), intervals.isEmpty ? nil : intervals)
  }

  private init(
    _ reference: Extent, _ generated: Extent, _ table: ScoreTable, _ intervals: [String: ConfidenceInterval]?
  ) {
    (self.reference, self.generated, self.table, self.intervals) = (reference, generated, table, intervals)
  }

  /// These scores and further ones.
  func adding(_ scores: [(Metric, Score)], intervals further: [String: ConfidenceInterval]) -> SetScores {
    SetScores(reference, generated, table.adding(scores), (intervals ?? [:]).merging(further) { $1 })
  }

  private enum CodingKeys: CodingKey { case reference, generated, intervals }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    reference = try container.decode(Extent.self, forKey: .reference)
    generated = try container.decode(Extent.self, forKey: .generated)
    intervals = try container.decodeIfPresent([String: ConfidenceInterval].self, forKey: .intervals)
    table = try ScoreTable(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(reference, forKey: .reference)
    try container.encode(generated, forKey: .generated)
    try container.encodeIfPresent(intervals, forKey: .intervals)
    try table.encode(to: encoder)
  }
}
