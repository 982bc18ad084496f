import Foundation
import KodamaCore

/// A plucked string: a delay line with feedback through a low-pass and a tuning filter, excited by a burst of smoothed
/// noise.
///
/// - Loop, per sample: y = g · ((1 − s) · x[n] + s · x[n − 1]), s the damping of overtones, g from the decay time; a
///   first-order all-pass filter adds the fraction of a sample by which the period exceeds the delay line.
/// - Excitation: noise of one period, smoothed by two one-pole low-passes, minus itself one pluck position later, which
///   takes out the overtones that have a node there; its mean removed, its mean square 1.
/// - Source: Karplus and Strong 1983; Jaffe and Smith 1983 for tuning, decay and the pluck position.
struct PluckedString {
  /// Where the string is plucked, as a part of its length, 0 to 0.5.
  let pluckPosition: Double
  /// The overtones' damping s, 0 to 0.5.
  let damping: Double
  /// Seconds in which a tone of 220 Hz falls by 60 dB; lower tones take longer, with the root of the period.
  let decaySeconds: Double
  /// The smoothing of the pluck, 0 (none) to 1, for the softest note; louder ones are brighter.
  let softness: Double

  /// Renders a tone.
  ///
  /// - Parameters:
  ///   - hertz: the pitch, at most a quarter of the sample rate.
  ///   - velocity: loudness and brightness, 0 to 1.
  func tone(
    hertz: Double, velocity: Double, count: Int, sampleRate: Int, generator: inout Philox
  ) -> [Double] {
    let period = Double(sampleRate) / hertz
    let delay = period - damping
    let length = Int(delay - 0.1)
    let fraction = delay - Double(length)
    let allPass = (1 - fraction) / (1 + fraction)
    let gain = pow(10, -3 / (hertz * decaySeconds * (220 / hertz).squareRoot()))

    var line = excitation(length, softness: softness * (1 - 0.4 * velocity), generator: &generator)
    var (index, lastRead, lastFiltered, lastTuned) = (0, 0.0, 0.0, 0.0)
    return (0..<count).map { _ in
      let read = line[index]
      let filtered = gain * ((1 - damping) * read + damping * lastRead)
      let tuned = allPass * (filtered - lastTuned) + lastFiltered
      (lastRead, lastFiltered, lastTuned) = (read, filtered, tuned)
      line[index] = tuned
      index = index + 1 == length ? 0 : index + 1
      return read * velocity
    }
  }

  private func excitation(_ length: Int, softness: Double, generator: inout Philox) -> [Double] {
    let noise = (0..<length).map { _ in 2 * generator.uniform() - 1 }
    // Twice around, so that the smoothed burst closes on itself as the line does.
    var (first, second) = (0.0, 0.0)
    var smooth = noise
    for i in 0..<2 * length {
      first += (1 - softness) * (noise[i % length] - first)
      second += (1 - softness) * (first - second)
      smooth[i % length] = second
    }
    let offset = max(1, Int((pluckPosition * Double(length)).rounded()))
    var burst = (0..<length).map { smooth[$0] - smooth[($0 + length - offset) % length] }
    let mean = burst.reduce(0, +) / Double(length)
    for i in burst.indices { burst[i] -= mean }
    let power = burst.reduce(0) { $0 + $1 * $1 } / Double(length)
    let scale = power > 0 ? 1 / power.squareRoot() : 0
    return burst.map { $0 * scale }
  }
}
