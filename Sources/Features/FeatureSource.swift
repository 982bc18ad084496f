import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaSignal
import KodamaSpectra
import KodamaTensors
import KodamaWaveNets

/// A source of the features of recordings.
package protocol FeatureSource: Sendable {
  /// The number of frames of a recording, at least one.
  func frames(of recording: Int) -> Int
  /// Frames `range` of a recording, [frame, channel].
  func read(_ recording: Int, frames range: Range<Int>) throws -> [Float]
  /// A hash of the data that cannot be computed from the recordings; nil where all can.
  var fingerprint: StableHash? { get }
}

/// Log-mel features computed from the recordings on demand, bitwise equal to those stored in a folder.
package struct ComputedFeatures: FeatureSource {
  private let recordings: Recordings
  private let logMel: LogMel

  /// - Throws: `SpectraFault.badConvention`.
  package init(_ convention: LogMelConvention, of recordings: Recordings) throws {
    logMel = try LogMel(convention)
    // Features are computed from the sound itself, without the model's pre-emphasis.
    self.recordings = recordings.withoutPreemphasis
  }

  package let fingerprint: StableHash? = nil

  package func frames(of recording: Int) -> Int {
    logMel.convention.frames(ofSamples: recordings.frames(of: recording))
  }

  package func read(_ recording: Int, frames range: Range<Int>) throws -> [Float] {
    if range.isEmpty { return [] }
    let (hop, count) = (logMel.convention.hopLength, recordings.frames(of: recording))
    let first = range.lowerBound * hop - logMel.reach
    let end = (range.upperBound - 1) * hop + logMel.reach
    let inside = min(max(0, first), count)..<max(0, min(end, count))
    let samples =
      [Float](repeating: 0, count: inside.lowerBound - first) + (try recordings.read(recording, inside))
      + [Float](repeating: 0, count: end - inside.upperBound)
    return try logMel.frames(beneath: samples).values
  }
}

/// Features stored in a folder, all of which were validated.
package struct StoredFeatures: FeatureSource {
  package let fingerprint: StableHash?
  private let paths: [String]
  /// Frames of each recording.
  private let counts: [Int]
  private let channels: Int

  /// Reads the features of all recordings once and checks every number.
  ///
  /// - Throws: `FeatureFault`, `CheckpointFault`, `FileFault`: the first recording's fault.
  package init(_ folder: FeatureFolder, of recordings: Recordings, features: FeatureConditioning, workers: Workers)
    throws
  {
    try folder.check(features, channel: recordings.options.channel)
    let outcomes = workers.map(parts: recordings.count) { number in
      Result { () throws -> (rows: Int, hash: StableHash) in
        let item = recordings.items[number]
        let file = try folder.open(item.path, samples: item.frames, features: features)
        var state = StableHash.State()
        for start in stride(from: 0, to: file.rows, by: 1024) {
          state.combine(try file.read(rows: start..<min(file.rows, start + 1024)))
        }
        return (file.rows, state.hash)
      }
    }
    let files = try outcomes.map { try $0.get() }
    var state = StableHash.State()
    for (item, file) in zip(recordings.items, files) {
      state.combine(item.path)
      state.combine(file.hash.value)
    }
    fingerprint = state.hash
    counts = files.map(\.rows)
    paths = recordings.items.map { folder.path(of: $0.path) }
    channels = features.channels
  }

  package func frames(of recording: Int) -> Int { counts[recording] }

  package func read(_ recording: Int, frames range: Range<Int>) throws -> [Float] {
    let file = try NumpyFile(paths[recording])
    if file.rows != counts[recording] || file.columns != channels {
      let (was, now) = ("\(counts[recording]) frames of \(channels)", "\(file.rows) of \(file.columns)")
      throw FeatureFault.changedFeatures(path: file.path, problem: "it had \(was) channels, and has \(now)")
    }
    return try file.read(rows: range)
  }
}

/// Second recordings of the same names and lengths, sample by sample.
package struct SignalFeatures: FeatureSource {
  package let fingerprint: StableHash?
  private let signals: Recordings
  /// The index of the signal of each recording.
  private let numbers: [Int]

  /// - Throws: `AudioFault`, `FileFault`; `FeatureFault.missingSignal`, `.otherSignalLength`.
  package init(folder: String, of recordings: Recordings, workers: Workers) throws {
    let wanted = Set(recordings.items.map { PathBytes($0.path) })
    let index = try CorpusIndex.scan(folder, options: recordings.options, workers: workers)
    let present = index.filtered { wanted.contains(PathBytes($0.path)) }
    fingerprint = present.fingerprint
    let path = Folder.trimmed(folder)
    func missing(_ recording: String, _ reason: String) -> FeatureFault {
      .missingSignal(path: path + "/" + recording, recording: recording, reason: reason)
    }
    let found = Set(present.entries.map { PathBytes($0.path) })
    for item in recordings.items where !found.contains(PathBytes(item.path)) {
      throw missing(
        item.path,
        index.failures.first { PathBytes($0.path) == PathBytes(item.path) }?.reason
          ?? "there is no sound file of that name")
    }
    let signals = try Recordings(present, sampleRate: recordings.sampleRate, workers: workers)
    let indices = Dictionary(uniqueKeysWithValues: signals.items.enumerated().map { (PathBytes($1.path), $0) })
    numbers = try recordings.items.map { item in
      guard let number = indices[PathBytes(item.path)] else { throw missing(item.path, "it is empty or silent") }
      if signals.frames(of: number) != item.frames {
        throw FeatureFault.otherSignalLength(
          path: path + "/" + item.path, samples: signals.frames(of: number), recording: item.path,
          expected: item.frames, sampleRate: recordings.sampleRate)
      }
      return number
    }
    self.signals = signals
  }

  package func frames(of recording: Int) -> Int { signals.frames(of: numbers[recording]) }

  package func read(_ recording: Int, frames range: Range<Int>) throws -> [Float] {
    try signals.read(numbers[recording], range)
  }
}

/// Reads the frames of features that a network needs for sections of recordings.
package struct FeatureReader: CropFeatures {
  /// The features that the network is conditioned on.
  package let features: FeatureConditioning
  /// The source of the frames.
  package let source: any FeatureSource

  /// The frames for steps `start` ..< `start` + `steps` of a recording, with the network's margin on both sides; the
  /// first and the last frame are repeated outside the recording.
  ///
  /// - Shapes: [⌈steps / hop⌉ + 2 · margin, channels].
  /// - Precondition: `start` is a multiple of the hop.
  package func window(of recording: Int, from start: Int, steps: Int) throws -> [Float] {
    precondition(start % features.hopLength == 0, "step \(start) is no multiple of the hop, \(features.hopLength)")
    let first = start / features.hopLength - features.marginFrames
    let range = first..<first + features.windowFrames(steps: steps)
    let (count, channels) = (source.frames(of: recording), features.channels)
    func known(_ frame: Int) -> Int { min(max(frame, 0), count - 1) }
    let (low, high) = (known(range.lowerBound), known(range.upperBound - 1))
    let values = try source.read(recording, frames: low..<high + 1)
    if low == range.lowerBound && high == range.upperBound - 1 { return values }
    return FeatureSequence(values, channels: channels).frames(range.lowerBound - low..<range.upperBound - low)
  }

  /// The features of the first samples of a recording, including the network's margin after them.
  package func sequence(of recording: Int, samples: Int) throws -> FeatureSequence {
    let needed = (samples + features.hopLength - 1) / features.hopLength + features.marginFrames
    let known = max(1, min(source.frames(of: recording), needed))
    return FeatureSequence(try source.read(recording, frames: 0..<known), channels: features.channels)
  }

  package func values(for crop: Crop, length: Int) throws -> [Float] {
    try window(of: crop.recording, from: crop.start, steps: length)
  }
}
