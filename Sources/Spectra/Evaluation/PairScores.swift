/// The scores of one pair.
public struct PairScores: Sendable, Equatable, Codable, Scored {
  /// The name of the reference.
  public let reference: String
  /// The name of the generated sound.
  public let generated: String
  /// What was done to the two before they were compared; empty where nothing was.
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
