import Foundation
import Kodama

/// Short sounds of a few kinds as time-frequency maps, with the kind of each.
struct LabelledMaps {
  /// [B, frames, bins, 1], natural logarithms of power.
  let maps: Tensor<Float>
  /// The kind of each.
  let kinds: [Int32]
}

/// Sounds that are made as they are asked for: each is a function of its number, so that every run sees the same ones.
///
/// Pitch, level, speed and noise differ from sound to sound; the kind is in how pitch and level move.
final class SynthesizedSounds: ExampleSource {
  /// What a sound does in its 128 ms.
  enum Kind: Int32, CaseIterable {
    case steady, rising, falling, vibrato, tremolo, clicks
  }

  let examplesPerEpoch = 10_000
  private let seed: UInt64
  private let sampleRate = 8000.0
  private let samples = 1024
  private let transform = STFT(fftLength: 64, hopLength: 64, padding: .none)

  /// Sounds of a seed; those of another are held out.
  init(seed: UInt64) { self.seed = seed }

  func batch(_ numbers: Range<Int>) throws -> LabelledMaps {
    var (values, kinds) = ([Float](), [Int32]())
    for number in numbers {
      var random = Philox(seed: seed, stream: UInt64(number))
      let kind = Kind.allCases[Int(random.uniform() * Double(Kind.allCases.count))]
      kinds.append(kind.rawValue)
      let power = try transform.power(sound(kind, &random), workers: .serial)
      // Bins 0 to 31; what is added is a floor of −80 dB or so.
      for frame in 0..<power.frames { values += power[frame: frame].dropLast().map { log(1e-6 + $0) } }
    }
    let frames = transform.frames(samples: samples)
    return LabelledMaps(maps: Tensor([numbers.count, frames, transform.bins - 1, 1], values), kinds: kinds)
  }

  /// A sine of a course of pitch and level, in noise.
  private func sound(_ kind: Kind, _ random: inout Philox) -> [Float] {
    func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * random.uniform() }
    let pitch = between(800, 3200)
    let change = between(0.15, 0.5)
    let (speed, start) = (between(12, 30), between(0, 1))
    let level = pow(10, between(-50, 0) / 20)
    let noise = level * pow(10, between(-8, 8) / 20)
    var phase = 0.0
    return (0..<samples).map { index in
      let time = Double(index) / sampleRate
      let place = Double(index) / Double(samples) - 0.5
      let wave = sin(2 * .pi * (speed * time + start))
      let (frequency, amplitude): (Double, Double) =
        switch kind {
        case .steady: (pitch, 1)
        case .rising: (pitch * (1 + change * place), 1)
        case .falling: (pitch * (1 - change * place), 1)
        case .vibrato: (pitch * (1 + change / 2 * wave), 1)
        case .tremolo: (pitch, 0.5 + 0.5 * wave)
        case .clicks: (pitch, wave > 0.9 ? 2 : 0)
        }
      phase += 2 * .pi * frequency / sampleRate
      return Float(level * amplitude * sin(phase) + noise * random.normal() / 2)
    }
  }
}
