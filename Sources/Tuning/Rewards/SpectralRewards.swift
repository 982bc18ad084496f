import KodamaCore
import KodamaSpectra

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The brightness of a sound: the spectral centroid Σ f |X(f)| / Σ |X(f)| of each frame in Hz, or how near that is to a
/// target. A frame without sound has a centroid of 0 Hz.
///
/// - Source: librosa 0.11's `spectral_centroid`.
struct BrightnessReward: SoundReward {
  /// In Hz; nil: the brighter the better.
  let target: Double?

  var name: String { "brightness" }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    try workers.values(of: sounds) { sound in
      let stft = STFT.short(sampleRate: sound.sampleRate)
      let power = try stft.power(sound.samples, workers: .serial)
      if power.frames == 0 { return .undefined(reason: "there are no samples") }
      let centroids = (0..<power.frames).map { frame in
        var (weighted, sum) = (0.0, 0.0)
        for (bin, value) in power[frame: frame].enumerated() {
          let magnitude = Double(value).squareRoot()
          weighted += magnitude * stft.frequency(ofBin: bin, sampleRate: sound.sampleRate)
          sum += magnitude
        }
        return sum > 0 ? weighted / sum : 0
      }
      return .frames(centroids.map { centroid in target.map { -abs(centroid - $0) } ?? centroid }, stft.times)
    }
  }
}

/// The share of silent frames, in percent: those whose level is below −60 dB of full scale.
struct SilenceReward: SoundReward {
  /// The mean square below which a frame is silent.
  private static let threshold = 1e-6

  var name: String { "silence" }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    try workers.values(of: sounds) { sound in
      let times = FrameTimes(start: 0, length: max(1, sound.sampleRate / 50), hop: max(1, sound.sampleRate / 100))
      let starts = stride(from: 0, to: sound.samples.count, by: times.hop)
      let silences = starts.map { start in
        let frame = sound.samples[start..<min(sound.samples.count, start + times.length)]
        let square = frame.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(frame.count)
        return square < Self.threshold ? 100.0 : 0
      }
      return silences.isEmpty ? .undefined(reason: "there are no samples") : .frames(silences, times)
    }
  }
}

extension STFT {
  /// Frames of the least power of two that lasts 25 ms, a half of it from one to the next.
  fileprivate static func short(sampleRate: Int) -> STFT {
    var length = 4
    while 40 * length < sampleRate { length *= 2 }
    return STFT(fftLength: length, hopLength: length / 2)
  }

  /// The places of the frames, which are centered on multiples of the hop.
  fileprivate var times: FrameTimes { FrameTimes(start: -fftLength / 2, length: fftLength, hop: hopLength) }
}
