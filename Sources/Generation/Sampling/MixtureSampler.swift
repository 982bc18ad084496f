import KodamaCore
import KodamaTensors

/// Draws levels from the numbers of a mixture with the options of generation. Takes no memory, and always as many random
/// numbers.
struct MixtureSampler {
  let mixture: DiscretizedMixture
  let options: SamplingOptions

  /// A level, and whether the numbers are such that it means something.
  ///
  /// - Parameter numbers: logits of weights, means, log scales.
  func draw(_ numbers: UnsafePointer<Float>, random: inout Philox) -> (code: Int, isValid: Bool) {
    let isValid = (0..<mixture.channels).allSatisfy { numbers[$0].isFinite }
    return (mixture.draw(numbers, temperature: options.temperature, random: &random), isValid)
  }
}
