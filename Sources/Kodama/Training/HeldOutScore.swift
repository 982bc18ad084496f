import KodamaAudio
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// Bits per sample of a network on recordings it is not trained on.
struct HeldOutScore {
  let recordings: Recordings
  /// The recordings that are scored: all of them, or as many as come to the wanted length in an order given by a hash
  /// of their paths.
  let chosen: [Int]

  init(_ recordings: Recordings, seconds: Double) {
    self.recordings = recordings
    let order = (0..<recordings.count).sorted {
      (StableHash(recordings.items[$0].path).value, $0) < (StableHash(recordings.items[$1].path).value, $1)
    }
    var rest = Int(seconds * Double(recordings.sampleRate))
    var chosen: [Int] = []
    for recording in order where rest > 0 {
      chosen.append(recording)
      rest -= recordings.frames(of: recording)
    }
    self.chosen = chosen.sorted()
  }

  /// The mean over all samples of the chosen recordings, each from its own first sample.
  func bitsPerSample(of network: WaveNet, _ parameters: Parameters<Float>, workspace: Workspace) throws -> Double {
    var (bits, samples) = (0.0, 0)
    for recording in chosen {
      var scorer = SequenceScorer(network: network, parameters: parameters, workspace: workspace)
      try recordings.forEachBlock(of: recording) { scorer.add($0) }
      scorer.finish()
      bits += scorer.bits
      samples += scorer.samples
    }
    return bits / Double(max(1, samples))
  }
}
