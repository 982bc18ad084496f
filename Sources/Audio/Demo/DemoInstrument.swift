import KodamaCore

/// An instrument of a demo corpus, which fills a folder with pieces.
protocol DemoInstrument: Sendable {
  /// The name of its folder.
  var name: String { get }
  /// The samples of a piece, at any level; all that is random in it comes from the generator.
  func piece(count: Int, sampleRate: Int, generator: inout Philox) -> [Double]
}
