import KodamaCore
import KodamaSignal

/// A sound to be compared: its name, and a function that opens it.
public struct Sound: Sendable {
  /// The name of the sound in results and messages: a path, relative to the folder where there are many.
  public let name: String
  private let opening: @Sendable () throws -> any SampleSource

  /// A sound that is opened when it is needed and released afterwards.
  public init(name: String, open: @escaping @Sendable () throws -> any SampleSource) {
    self.name = name
    opening = open
  }

  /// A sound in memory.
  public init(name: String, _ waveform: Waveform) { self.init(name: name) { waveform } }

  /// The sound under another name.
  package func renamed(_ name: String) -> Sound { Sound(name: name, open: opening) }

  /// The opened sound, with this name in messages.
  ///
  /// - Throws: errors of opening.
  package func open() throws -> any SampleSource { NamedSource(label: name, base: try opening()) }

  /// The name without its extension: `a/b.wav` and `a/b.flac` are one sound in two formats.
  var stem: PathBytes { PathBytes(PathText.stem(name)) }
}

/// A source under another name.
struct NamedSource: SampleSource {
  let label: String
  let base: any SampleSource

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var frames: Int { base.frames }
  func samples(in range: Range<Int>) throws -> [[Float]] { try base.samples(in: range) }
}

/// The sounds of two sides, paired by name.
package struct Pairing: Sendable {
  /// The pairs, in the order of the reference side.
  package let pairs: [(reference: Sound, generated: Sound)]
  /// References without a counterpart.
  package let unpairedReference: [Sound]
  /// Generated sounds without a counterpart.
  package let unpairedGenerated: [Sound]

  /// All sounds, a reference first.
  var sounds: [Sound] {
    pairs.map(\.reference) + unpairedReference + pairs.map(\.generated) + unpairedGenerated
  }

  /// The names of all sounds without a counterpart.
  package var unpaired: [String] { (unpairedReference + unpairedGenerated).map(\.name) }

  /// Given pairs.
  init(pairs: [(reference: Sound, generated: Sound)]) {
    self.pairs = pairs
    unpairedReference = []
    unpairedGenerated = []
  }

  /// Pairs sounds whose names are the same without the file name's extension. One sound on each side is a pair
  /// regardless of names. Where several sounds of one side share a name that also occurs on the other side, none of
  /// them is paired.
  ///
  /// - Parameter bySample: whether pairs are to be compared, so that the pairing matters.
  /// - Throws: `SpectraFault.ambiguousName` where that matters and two sounds of one side have a name of the other
  ///   side.
  init(reference: [Sound], generated: [Sound], bySample: Bool) throws {
    if reference.count == 1 && generated.count == 1 {
      pairs = [(reference[0], generated[0])]
      unpairedReference = []
      unpairedGenerated = []
      return
    }
    let references = Dictionary(grouping: reference, by: \.stem)
    let counterparts = Dictionary(grouping: generated, by: \.stem)
    if bySample {
      for sound in reference + generated {
        guard let first = references[sound.stem], let second = counterparts[sound.stem] else { continue }
        for side in [first, second] where side.count > 1 {
          throw SpectraFault.ambiguousName(first: side[0].name, second: side[1].name)
        }
      }
    }
    func isPaired(_ sound: Sound) -> Bool {
      references[sound.stem]?.count == 1 && counterparts[sound.stem]?.count == 1
    }
    pairs = reference.filter(isPaired).compactMap { sound in counterparts[sound.stem].map { (sound, $0[0]) } }
    unpairedReference = reference.filter { !isPaired($0) }
    unpairedGenerated = generated.filter { !isPaired($0) }
  }
}
