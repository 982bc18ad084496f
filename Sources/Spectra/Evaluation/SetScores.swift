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
  private let table: ScoreTable

  public var scores: [String: Double] { table.values }
  public var undefined: [String: String] { table.reasons }

  init(reference: Extent, generated: Extent, _ scores: [(Metric, Score)]) {
    self.reference = reference
    self.generated = generated
    table = ScoreTable(scores)
  }

  private enum CodingKeys: CodingKey { case reference, generated }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    reference = try container.decode(Extent.self, forKey: .reference)
    generated = try container.decode(Extent.self, forKey: .generated)
    table = try ScoreTable(from: decoder)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(reference, forKey: .reference)
    try container.encode(generated, forKey: .generated)
    try table.encode(to: encoder)
  }
}
