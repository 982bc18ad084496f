import KodamaCore
import KodamaSpectra

/// A metric of single sounds: its score, or how near that is to a target.
///
/// The share of voiced frames and the harmonics-to-noise ratio are rewarded frame by frame; a frame that is silent has a
/// ratio of 0 dB.
struct MetricReward: SoundReward {
  let metric: Metric
  /// In the unit of the metric; nil: the more the better.
  let target: Double?

  var name: String { metric.name }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    try workers.values(of: sounds) { sound in
      if target == nil, let frames = try frames(of: sound) { return frames }
      switch try metric.score(of: sound.waveform) {
      case .value(let value): return .whole(target.map { -abs(value - $0) } ?? value)
      case .undefined(let reason): return .undefined(reason: reason)
      }
    }
  }

  /// The values of frames; nil for a metric that has none, or a sound that is too short or of too low a rate.
  private func frames(of sound: RewardedSound) throws -> SoundRewardValue? {
    if metric == VoicedShare.metric && sound.sampleRate >= YIN.lowestSampleRate && !sound.samples.isEmpty {
      let pitch = try SoundPitch(sound)
      return .frames(pitch.track.isVoiced.map { $0 ? 100 : 0 }, pitch.times)
    }
    if metric == HarmonicsToNoise.metric && sound.sampleRate >= Harmonicity.lowestSampleRate {
      let harmonicity = Harmonicity.cached(sampleRate: sound.sampleRate)
      let ratios = try harmonicity.framesOrSilence(of: sound.waveform, workers: .serial)[0]
      guard ratios.count > 1 else { return nil }
      let starts = (0...1).map { harmonicity.start(ofFrame: $0, samples: sound.samples.count) }
      return .frames(
        ratios.map { $0 ?? 0 },
        FrameTimes(start: starts[0], length: 2 * harmonicity.half, hop: max(1, starts[1] - starts[0])))
    }
    return nil
  }
}

/// How near a sound is to the recordings of a folder in a metric of sets: the distance, negated.
struct DistanceReward: SoundReward {
  let distance: SetDistance

  var name: String { distance.metric.name }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    try workers.values(of: sounds) { sound in
      switch try distance.score(of: sound.waveform) {
      case .value(let value): .whole(-value)
      case .undefined(let reason): .undefined(reason: reason)
      }
    }
  }
}
