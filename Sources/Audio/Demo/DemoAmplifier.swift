import Foundation

/// A guitar amplifier for examples and tests: a box of which everything is known.
///
/// 1. A high-pass of first order at 90 Hz.
/// 2. A gain that sags: g / (1 + s · e), with e the magnitude of its input, which rises within 5 ms and falls within 120 ms.
/// 3. Asymmetric clipping: tanh(x + b) − tanh(b), compressed further below zero: x − 0.15 · x² of what is negative.
/// 4. A high-pass of first order at 40 Hz, against the mean that the asymmetry makes.
/// 5. A loudspeaker: a cut of 5 dB at 650 Hz, a boost of 4 dB at 2.4 kHz, a low-pass of second order at 4.6 kHz.
///
/// The second step remembers about a tenth of a second, the others a few milliseconds. It is a system in discrete time: what
/// a capture of it cannot explain is the error of the capture, as there is no noise. A latency is silence before it.
///
/// - Source: Pakarinen and Yeh 2009, "A review of digital techniques for modeling vacuum-tube guitar amplifiers", for the
///   chain; Bristow-Johnson's cookbook for the biquads.
public struct DemoAmplifier: Sendable, Equatable {
  /// The gain before the clipping, g.
  public let gain: Double
  /// How far the gain sags, s; 0 makes it constant.
  public let sag: Double
  /// The offset at which it clips, b; 0 makes it symmetric.
  public let bias: Double
  /// The factor of the output.
  public let output: Double
  /// The samples by which the output is late.
  public let latency: Int

  /// An amplifier; by default one that clips at a medium level.
  ///
  /// - Precondition: a positive gain, a sag and a latency that are not negative.
  public init(gain: Double = 12, sag: Double = 0.6, bias: Double = 0.25, output: Double = 0.35, latency: Int = 0) {
    precondition(gain > 0 && sag >= 0 && latency >= 0, "a gain of \(gain), sag of \(sag), latency of \(latency)")
    (self.gain, self.sag, self.bias, self.output, self.latency) = (gain, sag, bias, output, latency)
  }

  /// The output for an input at a sample rate in Hz, as long.
  public func process(_ input: [Float], sampleRate: Int) -> [Float] {
    let rate = Double(sampleRate)
    var (coupling, blocking) = (HighPass(hertz: 90, rate), HighPass(hertz: 40, rate))
    var speaker = [
      Biquad(peakAt: 650, quality: 0.8, decibels: -5, rate), Biquad(peakAt: 2_400, quality: 1, decibels: 4, rate),
      Biquad(lowPassAt: 4_600, quality: 0.8, rate),
    ]
    let (rise, fall) = (1 - exp(-1 / (0.005 * rate)), 1 - exp(-1 / (0.12 * rate)))
    let rest = tanh(bias)
    var envelope = 0.0
    var result = [Float](repeating: 0, count: input.count)
    for t in 0..<max(0, input.count - latency) {
      let x = coupling.next(Double(input[t]))
      let magnitude = gain * abs(x)
      envelope += (magnitude > envelope ? rise : fall) * (magnitude - envelope)
      var y = tanh(gain * x / (1 + sag * envelope) + bias) - rest
      if y < 0 { y -= 0.15 * y * y }
      y = blocking.next(y)
      for stage in speaker.indices { y = speaker[stage].next(y) }
      result[t + latency] = Float(output * y)
    }
    return result
  }
}

/// A high-pass filter of first order.
private struct HighPass {
  private let pole: Double
  private var (input, output) = (0.0, 0.0)

  init(hertz: Double, _ rate: Double) { pole = exp(-2 * Double.pi * hertz / rate) }

  mutating func next(_ x: Double) -> Double {
    output = pole * output + (1 + pole) / 2 * (x - input)
    input = x
    return output
  }
}

/// A filter of second order.
private struct Biquad {
  private let (b0, b1, b2, a1, a2): (Double, Double, Double, Double, Double)
  private var (s1, s2) = (0.0, 0.0)

  init(peakAt hertz: Double, quality: Double, decibels: Double, _ rate: Double) {
    let (omega, a) = (2 * Double.pi * hertz / rate, pow(10, decibels / 40))
    let alpha = sin(omega) / (2 * quality)
    let norm = 1 + alpha / a
    (b0, b1, b2) = ((1 + alpha * a) / norm, -2 * cos(omega) / norm, (1 - alpha * a) / norm)
    (a1, a2) = (b1, (1 - alpha / a) / norm)
  }

  init(lowPassAt hertz: Double, quality: Double, _ rate: Double) {
    let omega = 2 * Double.pi * hertz / rate
    let alpha = sin(omega) / (2 * quality)
    let norm = 1 + alpha
    b1 = (1 - cos(omega)) / norm
    (b0, b2) = (b1 / 2, b1 / 2)
    (a1, a2) = (-2 * cos(omega) / norm, (1 - alpha) / norm)
  }

  mutating func next(_ x: Double) -> Double {
    let y = b0 * x + s1
    s1 = b1 * x - a1 * y + s2
    s2 = b2 * x - a2 * y
    return y
  }
}
