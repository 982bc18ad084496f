/// The sounds of two sides, brought together by name.
public struct Pairing: Sendable {
  /// The pairs, in the order of the reference side.
  public let pairs: [(reference: Sound, generated: Sound)]
  /// References without a counterpart.
  public let unpairedReference: [Sound]
  /// Generated sounds without a counterpart.
  public let unpairedGenerated: [Sound]

  /// Pairs sounds whose names are the same without the file name's extension. One sound on each side is a pair whatever
  /// the names.
  ///
  /// - Throws: `SpectraFault.ambiguousName` where two sounds of one side have the same name.
  public init(reference: [Sound], generated: [Sound]) throws {
    if reference.count == 1 && generated.count == 1 {
      pairs = [(reference[0], generated[0])]
      unpairedReference = []
      unpairedGenerated = []
      return
    }
    let references = try Pairing.byStem(reference)
    let counterparts = try Pairing.byStem(generated)
    pairs = reference.compactMap { sound in counterparts[sound.stem].map { (sound, $0) } }
    unpairedReference = reference.filter { counterparts[$0.stem] == nil }
    unpairedGenerated = generated.filter { references[$0.stem] == nil }
  }

  private static func byStem(_ sounds: [Sound]) throws -> [Substring: Sound] {
    try Dictionary(sounds.map { ($0.stem, $0) }) {
      throw SpectraFault.ambiguousName(first: $0.name, second: $1.name)
    }
  }
}
