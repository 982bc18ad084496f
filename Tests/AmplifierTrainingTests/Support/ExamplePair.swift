import KodamaAmplifierTraining
import KodamaAudio
import KodamaCore

/// Half a minute through the demo amplifier, made once.
enum ExamplePair {
  static let rate = DemoPair.sampleRate
  static let demo = DemoPair(minutes: 0.5, seed: 3, amplifier: DemoAmplifier(latency: 240))
  static let dry = demo.dry()
  static let wet = demo.wet(of: dry)
  /// The music alone, without clicks and silence before them.
  static let music = Array(dry[5 * rate / 2..<dry.count])

  static func pair(_ dry: [Float], _ wet: [Float], rate: Int = rate) -> RecordingPair {
    RecordingPair(
      dry: .init(path: "dry.wav", samples: dry), wet: .init(path: "wet.wav", samples: wet), sampleRate: rate)
  }

  /// A signal later by some samples, or earlier, as long.
  static func delayed(_ samples: [Float], by delay: Int, gain: Float = 1) -> [Float] {
    samples.indices.map { samples.indices.contains($0 - delay) ? gain * samples[$0 - delay] : 0 }
  }

  /// A signal as recorded with a clock that is faster by some parts per million.
  static func stretched(_ samples: [Float], partsPerMillion: Double) -> [Float] {
    samples.indices.map { index in
      let position = Double(index) / (1 + partsPerMillion * 1e-6)
      let whole = min(Int(position), samples.count - 1)
      let next = min(whole + 1, samples.count - 1)
      return samples[whole] + Float(position - Double(whole)) * (samples[next] - samples[whole])
    }
  }

  /// Noise at a root mean square.
  static func noise(_ count: Int, level: Double, seed: UInt64 = 1) -> [Float] {
    var random = Philox(seed: seed)
    return (0..<count).map { _ in Float(level * random.normal()) }
  }

  static func sum(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }
}
