/// What can be said of one generated sound alone.
public struct SoundScores: Sendable, Equatable, Codable, Scored {
  /// The name of the sound.
  public let generated: String
  /// What was done to it before it was measured; empty where nothing was.
  public let conversions: [String]
  private let table: ScoreTable

  public var scores: [String: Double] { table.values }
  public var undefined: [String: String] { table.reasons }

  init(generated: String, _ scores: [(Metric, Score)], conversions: [String] = []) {
    self.generated = generated
    self.conversions = conversions
    table = ScoreTable(scores)
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
