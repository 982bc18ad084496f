import KodamaCore
import KodamaSignal
import KodamaSpectra

/// How a source was read.
final class Reads: Sendable {
  private let lengths = Locked<[Int]>([])

  func note(_ length: Int) { lengths.withLock { $0.append(length) } }
  /// The number of reads.
  var count: Int { lengths.withLock { $0.count } }
  /// Samples of the longest one.
  var longest: Int { lengths.withLock { $0.max() ?? 0 } }
}

/// A waveform that notes how it is read.
struct CountingSource: SampleSource {
  let base: Waveform
  let reads: Reads

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var frames: Int { base.frames }
  func samples(in range: Range<Int>) -> [[Float]] {
    reads.note(range.count)
    return base.samples(in: range)
  }
}
