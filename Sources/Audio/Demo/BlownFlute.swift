import Foundation
import KodamaCore

/// A flute: a bore in which a wave goes back and forth, driven by an air jet that the wave itself deflects.
///
/// w[n] = r[n] + p[n] · (tanh(o − g · r[n − J] + e[n]) − tanh(o)), r[n] = ρ · lowpass(w[n − B]): w leaves the mouth
/// hole, r returns to it after both ends of the bore have reflected it. The jet reaches the edge J samples after the
/// wave has deflected it, and the part of it that enters the bore saturates; p is the breath's pressure, e its
/// turbulence and o how far the edge lies from the middle of the jet. The lowpass is (1 − d) / (1 − d/z).
///
/// - Tuning: at the pitch f the jet takes half a period, J = rate / 2f, so that it drives the fundamental in phase
///   however strongly it is saturated, and B is a period less the phase delay of the lowpass. Faster jets play sharp:
///   with a speed of v, J becomes J / v and the pressure p · v², which is how the vibrato comes about.
/// - Output: w[n] − t · w[n − 1], as an opening radiates high frequencies better, without its mean (a pole at 0.995).
/// - Source: McIntyre, Schumacher and Woodhouse 1983 for the loop; Fletcher and Rossing 1998, chapter 16, for the jet;
///   Laakso et al. 1996 for delays by Lagrange's interpolation.
struct BlownFlute {
  /// The part ρ of a wave that returns from a round trip, at low frequencies.
  let reflection: Double
  /// The damping d of high frequencies on a round trip, 0 to 1.
  let damping: Double
  /// How strongly the returning wave deflects the jet, g.
  let jetGain: Double
  /// How far the edge lies from the middle of the jet, o; 0 makes odd harmonics alone.
  let jetOffset: Double
  /// The amplitude of the turbulence in the jet.
  let turbulence: Double
  /// How far radiation favors high frequencies, t, 0 to 1.
  let radiation: Double

  /// How a note is blown.
  struct Breath: Equatable {
    /// 0 to 1.
    let loudness: Double
    /// The vibrato's frequency in Hz.
    let vibratoHertz: Double
    /// By what part the speed of the jet swings.
    let vibratoDepth: Double
  }

  /// Seconds that the jet is driven before a note begins, in which every oscillation of the range settles. So an attack
  /// is a steady tone growing louder, which a small model learns; a real one is noisier.
  private static let settling = 0.12
  /// Seconds in which a note grows louder.
  private static let attack = 0.03
  /// dB by which a note falls until it ends, however long it is: the end of a note follows from its level, which is within
  /// a receptive field of milliseconds, as its beginning is not.
  private static let decrescendo = 12.0
  /// Periods in which it ends, each half as loud as the one before.
  private static let release = 4
  /// Seconds after which the vibrato sets in, and in which it grows.
  private static let vibratoStart = 0.1
  private static let vibratoGrowth = 0.2

  /// Renders a note, its end included.
  ///
  /// - Parameter hertz: the pitch, at most a sixteenth of the sample rate.
  func tone(hertz: Double, breath: Breath, count: Int, sampleRate: Int, generator: inout Philox) -> [Double] {
    let rate = Double(sampleRate)
    let period = rate / hertz
    let omega = 2 * Double.pi * hertz / rate
    let bore = period - atan2(damping * sin(omega), 1 - damping * cos(omega)) / omega
    var outgoing = DelayLine(longest: bore)
    var returned = DelayLine(longest: period / 2 / (1 - breath.vibratoDepth))
    var (filtered, noise, last, level) = (0.0, 0.0, 0.0, 0.0)
    let (settling, attack) = (Int(Self.settling * rate), Self.attack * rate)
    var tone: [Double] = []
    tone.reserveCapacity(count)
    for i in -settling..<count {
      let time = Double(i) / rate
      let swell = max(0, min(1, (time - Self.vibratoStart) / Self.vibratoGrowth))
      let speed = 1 + breath.vibratoDepth * swell * sin(2 * Double.pi * breath.vibratoHertz * time)
      let pressure = speed * speed
      noise += 0.5 * (2 * generator.uniform() - 1 - noise)

      filtered += (1 - damping) * (outgoing.read(bore) - filtered)
      let returning = reflection * filtered
      let deflection = turbulence * noise - jetGain * returned.read(period / 2 / speed)
      // A puff of one period, from which the oscillation grows sooner than from noise.
      let puff = Double(i + settling) < period ? sin(omega * Double(i + settling)) : 0
      let wave = returning + pressure * (tanh(jetOffset + deflection) - tanh(jetOffset)) + puff
      returned.write(returning)
      outgoing.write(wave)

      let radiated = wave - radiation * last
      let output = radiated - level
      level += 0.005 * output
      last = wave
      if i >= 0 {
        let fade = pow(10, -Self.decrescendo / 20 * Double(i) / Double(count))
        tone.append(breath.loudness * fade * output * min(1, Double(i + 1) / attack))
      }
    }
    Self.end(&tone, period: period)
    return tone
  }

  /// Lets a tone die away, from where its wave rises through zero on: so there is no click, and the end is decided once
  /// per period, which a model learns sooner than a fade that may start anywhere.
  private static func end(_ tone: inout [Double], period: Double) {
    let latest = tone.count - Int(Double(release) * period) - 1
    let isRising = { [tone] (i: Int) in i <= latest && tone[i - 1] < 0 && tone[i] >= 0 }
    guard let start = tone.indices.dropFirst().last(where: isRising) else { return }
    for i in start..<tone.count {
      let number = Int(Double(i - start) / period)
      tone[i] *= number < release ? exp2(-Double(number + 1)) : 0
    }
  }
}

/// A delay line with fractional reads by Lagrange's cubic interpolation.
private struct DelayLine {
  private var samples: [Double]
  private var next = 0

  init(longest: Double) { samples = [Double](repeating: 0, count: Int(longest) + 4) }

  /// Adds a sample.
  mutating func write(_ sample: Double) {
    samples[next] = sample
    next = next + 1 == samples.count ? 0 : next + 1
  }

  /// The value `delay` samples before the next to be written.
  ///
  /// - Precondition: at least 2, at most the longest.
  func read(_ delay: Double) -> Double {
    let whole = Int(delay)
    // The four samples lie 0, 1, 2 and 3 before the newest of them, and the value 1 to 2.
    let position = delay - Double(whole) + 1
    let newest = next - whole + 1
    func sample(_ age: Int) -> Double {
      let index = newest - age
      return samples[index < 0 ? index + samples.count : index]
    }
    let (a, b, c, d) = (position, position - 1, position - 2, position - 3)
    return b * c * d / -6 * sample(0) + a * c * d / 2 * sample(1) + a * b * d / -2 * sample(2)
      + a * b * c / 6 * sample(3)
  }
}
