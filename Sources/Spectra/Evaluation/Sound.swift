import KodamaCore
import KodamaSignal

/// A sound to be compared: its name, and how to open it when its turn comes.
public struct Sound: Sendable {
  /// What results and messages call the sound: a path, relative to the folder where there are many.
  public let name: String
  private let opening: @Sendable () throws -> any SampleSource

  /// A sound that is opened when it is needed and let go after that.
  public init(name: String, open: @escaping @Sendable () throws -> any SampleSource) {
    self.name = name
    opening = open
  }

  /// A sound in memory.
  public init(name: String, _ waveform: Waveform) { self.init(name: name) { waveform } }

  /// The opened sound, which goes by this name in messages.
  ///
  /// - Throws: whatever opening throws.
  package func open() throws -> any SampleSource { NamedSource(label: name, base: try opening()) }

  /// The name without the last part's extension: `a/b.wav` and `a/b.flac` are one sound in two formats.
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
