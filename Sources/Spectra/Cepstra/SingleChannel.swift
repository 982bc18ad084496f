/// One channel of a source, read as if there were no others.
struct SingleChannel: SampleSource {
  let base: any SampleSource
  let channel: Int

  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { 1 }
  var frames: Int { base.frames }
  var label: String { base.label }

  /// Checked here already, where faults know the number of the channel.
  func samples(in range: Range<Int>) throws -> [[Float]] { [try base.checkedSamples(in: range)[channel]] }

  /// Each channel of a source; the source itself where it has one.
  static func all(of source: any SampleSource) -> [any SampleSource] {
    if source.channelCount == 1 { return [source] }
    return (0..<source.channelCount).map { SingleChannel(base: source, channel: $0) }
  }
}
