import KodamaCore

/// A sound whose pitch is tracked once, however many measurements ask for it.
///
/// Tracking by pYIN takes longer than anything else that is measured.
final class PitchMemory: SampleSource {
  private let base: any SampleSource
  private let tracks = Locked<PYIN.Tracks?>(nil)

  init(_ base: any SampleSource) { self.base = base }

  var label: String { base.label }
  var sampleRate: Int { base.sampleRate }
  var channelCount: Int { base.channelCount }
  var frames: Int { base.frames }
  func samples(in range: Range<Int>) throws -> [[Float]] { try base.samples(in: range) }

  /// The tracks with the settings of the metrics.
  func tracks(_ method: PYIN, workers: Workers) throws -> PYIN.Tracks {
    precondition(method == PYIN(sampleRate: sampleRate), "only the settings of the metrics are remembered")
    return try tracks.withLock { tracks in
      if let tracks { return tracks }
      let found = try method.computedTracks(of: base, workers: workers)
      tracks = found
      return found
    }
  }
}

extension PYIN {
  /// The tracks of every channel by YIN and by pYIN: those that the sound remembers, else computed.
  func bothTracks(of source: any SampleSource, workers: Workers) throws -> Tracks {
    if let memory = source as? PitchMemory, self == PYIN(sampleRate: source.sampleRate) {
      return try memory.tracks(self, workers: workers)
    }
    return try computedTracks(of: source, workers: workers)
  }
}
