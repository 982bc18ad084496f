import KodamaCore

/// An instrument of a demo corpus, which fills a folder with pieces.
protocol DemoInstrument: Sendable {
  /// The name of its folder.
  var name: String { get }
  /// The samples of a piece, at any level; all that is random in it comes from the generator.
  func piece(count: Int, sampleRate: Int, generator: inout Philox) -> [Double]
}

extension DemoCorpus {
  /// What a demo corpus holds.
  public enum Kind: String, Sendable, CaseIterable {
    /// One voice: sustained notes of a pentatonic scale, blown, with breath and vibrato.
    case flute
    /// Plucked strings that ring and die away: melodies and chords of three instruments.
    case strings

    var instruments: [any DemoInstrument] {
      switch self {
      case .flute: [FluteInstrument.bamboo]
      case .strings: [StringInstrument.koto, StringInstrument.harp, StringInstrument.bass]
      }
    }
  }
}
