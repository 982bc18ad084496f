import KodamaAudio
import KodamaCore
import KodamaFeatures
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// Bits per sample of a network on held-out recordings.
package struct HeldOutScore {
  package let recordings: Recordings
  /// The labels of each recording, where the network is conditioned on labels.
  package let conditions: [Conditions]
  /// The features, where the network is conditioned on features.
  package let features: FeatureReader?
  private static let blockSamples = 16_384
  /// The scored recordings and how many samples of each: all, or as many as the requested length, in the order of a
  /// hash of their paths.
  package private(set) var chosen: [(recording: Int, samples: Int)] = []

  /// - Throws: `WaveNetFault` where a recording lacks a label, or has an unknown one.
  package init(
    _ recordings: Recordings, conditioning: Conditioning, features: FeatureReader? = nil, seconds: Double
  ) throws {
    self.recordings = recordings
    self.features = features
    conditions = try conditioning.conditions(of: recordings)
    choose(seconds: seconds)
  }

  /// The score of as many seconds.
  package func limited(toSeconds seconds: Double) -> HeldOutScore {
    var score = self
    score.choose(seconds: seconds)
    return score
  }

  private mutating func choose(seconds: Double) {
    let order = (0..<recordings.count).sorted {
      (StableHash(recordings.items[$0].path).value, $0) < (StableHash(recordings.items[$1].path).value, $1)
    }
    var rest = max(1, Int(seconds * Double(recordings.sampleRate)))
    var chosen: [(recording: Int, samples: Int)] = []
    for recording in order where rest > 0 {
      let samples = min(rest, recordings.frames(of: recording))
      chosen.append((recording, samples))
      rest -= samples
    }
    self.chosen = chosen.sorted { $0.recording < $1.recording }
  }

  /// The labels and features of the start of a recording.
  package func conditions(of recording: Int, samples: Int) throws -> Conditions {
    conditions[recording].with(try features?.sequence(of: recording, samples: samples))
  }

  /// The mean over all chosen samples.
  ///
  /// - Parameters:
  ///   - team: has each of several processes score a share of the recordings, or with its part of the network.
  ///   - progress: called with the share of this process's samples that is scored.
  package func bitsPerSample(
    of network: WaveNet, _ parameters: Parameters<Float>, workspace: Workspace,
    team: (any ProcessTeam)? = nil, progress: (_ share: Double) throws -> Void = { _ in }
  ) throws -> Double {
    let total = chosen.reduce(0) { $0 + $1.samples }
    // A recording is scored where its first sample is.
    let share = team?.share(ofParts: total) ?? 0..<total
    var position = 0
    var found = [Double](repeating: 0, count: 2 * chosen.count)
    var samples = 0
    for (number, (recording, count)) in chosen.enumerated() {
      defer { position += count }
      if !share.contains(position) { continue }
      var scorer = SequenceScorer(
        network: network, parameters: parameters, conditions: try conditions(of: recording, samples: count),
        workspace: workspace)
      for start in stride(from: 0, to: count, by: Self.blockSamples) {
        let end = min(count, start + Self.blockSamples)
        scorer.add(try recordings.read(recording, start..<end))
        try progress(min(1, Double(samples + end) / Double(max(1, share.count))))
      }
      scorer.finish()
      if network.part?.hasMeasures != false {
        (found[2 * number], found[2 * number + 1]) = (scorer.bits, Double(scorer.samples))
      }
      samples += scorer.samples
    }
    // Added in their order, whoever scored them.
    let all = try team?.added(found) ?? found
    let sums = stride(from: 0, to: all.count, by: 2).reduce((0.0, 0.0)) { ($0.0 + all[$1], $0.1 + all[$1 + 1]) }
    return sums.0 / max(1, sums.1)
  }
}
