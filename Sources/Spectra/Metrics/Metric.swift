import KodamaCore

/// A metric of generated sound: its names, unit and definition.
public struct Metric: Sendable, Hashable, Codable {
  /// Which direction is better.
  public enum Direction: String, Sendable, Codable {
    case lowerIsBetter
    case higherIsBetter
    /// A property of the sound that is neither good nor bad.
    case neither
  }

  /// The scope of a metric.
  public enum Scope: String, Sendable, Codable {
    /// Each generated sound separately.
    case sounds
    /// A pair of sounds of one length, sample by sample or frame by frame.
    case pairs
    /// A pair of sounds whose lengths may differ.
    case pairsOfAnyLength
    /// Two sets of sounds, of any number and length; also two single sounds.
    case sets

    /// Whether the metric compares pairs.
    public var isOfPairs: Bool { self == .pairs || self == .pairsOfAnyLength }
  }

  /// The name on a command line, in tables and in JSON: `mr-stft-sc`.
  public let name: String
  /// The name in words.
  public let title: String
  /// The unit; empty for a pure number.
  public let unit: String
  /// Which direction is better.
  public let direction: Direction
  /// The scope of a metric.
  public let scope: Scope
  /// The formula and its constants.
  public let definition: String
  /// The source of the definition.
  public let source: String

  package init(
    name: String, title: String, unit: String, direction: Direction, scope: Scope, definition: String, source: String
  ) {
    self.name = name
    self.title = title
    self.unit = unit
    self.direction = direction
    self.scope = scope
    self.definition = definition
    self.source = source
  }
}
