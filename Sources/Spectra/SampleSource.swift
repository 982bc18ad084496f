import KodamaSignal

/// Sound with random access to its samples: a waveform in memory, or a file too long for it.
///
/// Everything in this module reads a source in blocks of bounded length, in order, some of them more than once; so a
/// source backed by a file needs bounded memory for any length. Calls are made from one thread at a time.
public protocol SampleSource: Sendable {
  /// Samples of one channel per second, in Hz.
  var sampleRate: Int { get }
  /// The number of channels, at least 1.
  var channelCount: Int { get }
  /// Samples of one channel: the length in time steps.
  var frames: Int { get }
  /// The name of the sound in messages: a file's path.
  var label: String { get }
  /// The samples of every channel in a range of time steps, [channel][time], full scale ±1.
  ///
  /// - Precondition: the range lies in 0..<`frames`.
  /// - Throws: errors of reading.
  func samples(in range: Range<Int>) throws -> [[Float]]
}

extension Waveform: SampleSource {
  /// The number of channels.
  public var channelCount: Int { channels.count }
  /// The samples of every channel in a range of time steps, [channel][time].
  public func samples(in range: Range<Int>) -> [[Float]] {
    range == 0..<frames ? channels : channels.map { Array($0[range]) }
  }
}

extension SampleSource {
  /// A sound without a name.
  public var label: String { "the sound" }

  /// The samples in a range, checked for shape and finiteness.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  func checkedSamples(in range: Range<Int>) throws -> [[Float]] {
    let block = try samples(in: range)
    precondition(
      block.count == channelCount && block.allSatisfy { $0.count == range.count },
      "a source of \(channelCount) channels gave \(block.map(\.count)) samples for the range \(range)")
    for (channel, samples) in block.enumerated() {
      // The largest bit pattern without the sign decides, and its search is vectorized.
      let largest = samples.reduce(UInt32(0)) { max($0, $1.magnitude.bitPattern) }
      if largest < Float.infinity.bitPattern { continue }
      let index = samples.firstIndex { !$0.isFinite } ?? 0
      throw SpectraFault.notFinite(name: label, channel: channel, frame: range.lowerBound + index)
    }
    return block
  }

  /// Calls `body` with every sample in order, in blocks of bounded length.
  package func forEachBlock(_ body: ([[Float]]) throws -> Void) throws {
    for start in stride(from: 0, to: frames, by: Blocks.frames) {
      try body(try checkedSamples(in: start..<min(frames, start + Blocks.frames)))
    }
  }
}

/// The blocks in which sources are read.
enum Blocks {
  /// Time steps of a block: 6 s at 44.1 kHz.
  static let frames = 1 << 18
}

/// One channel of a source as a separate source.
struct SingleChannel: SampleSource {
  let base: any SampleSource
  let channel: Int

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { 1 }
  var frames: Int { base.frames }
  var label: String { base.label }

  /// Checked here, where faults can name the channel.
  func samples(in range: Range<Int>) throws -> [[Float]] { [try base.checkedSamples(in: range)[channel]] }

  /// Each channel of a source; the source itself where it has one.
  static func all(of source: any SampleSource) -> [any SampleSource] {
    if source.channelCount == 1 { return [source] }
    return (0..<source.channelCount).map { SingleChannel(base: source, channel: $0) }
  }
}
