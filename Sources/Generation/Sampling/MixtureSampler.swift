import KodamaCore
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Draws levels from the numbers of a mixture: a component, a number from it, and the level whose cell holds that.
/// Takes no memory, and always as many random numbers.
struct MixtureSampler {
  let mixture: DiscretizedMixture
  let options: SamplingOptions

  /// A level, and whether the numbers are such that it means something.
  ///
  /// - Parameter numbers: logits of weights, means, log scales.
  func draw(_ numbers: UnsafePointer<Float>, random: inout Philox) -> (code: Int, isValid: Bool) {
    let count = mixture.components
    let isValid = (0..<mixture.channels).allSatisfy { numbers[$0].isFinite }
    var likeliest = 0
    for index in 1..<max(1, count) where numbers[index] > numbers[likeliest] { likeliest = index }
    if options.temperature == 0 { return (level(of: Double(numbers[count + likeliest])), isValid) }

    func weight(_ index: Int) -> Double {
      exp(Double(numbers[index] - numbers[likeliest]) / options.temperature)
    }
    var total = 0.0
    for index in 0..<count { total += weight(index) }
    let target = random.uniform() * total
    var (drawn, sum) = (likeliest, 0.0)
    for index in 0..<count {
      sum += weight(index)
      if sum > target {
        drawn = index
        break
      }
    }
    let scale = options.temperature * exp(max(Double(numbers[2 * count + drawn]), mixture.logScaleFloor))
    return (level(of: Double(numbers[count + drawn]) + scale * standardNumber(&random)), isValid)
  }

  /// A number of the distribution with mean 0 and scale 1.
  private func standardNumber(_ random: inout Philox) -> Double {
    switch mixture.kind {
    case .logistic:
      // In the middle between the numbers that `uniform` gives, of which 0 would be infinitely far out.
      let uniform = random.uniform() + 0x1p-54
      return log(uniform) - log1p(-uniform)
    case .gaussian: return random.normal()
    }
  }

  /// The level whose cell holds a number; that of 0 where it is no number.
  private func level(of number: Double) -> Int {
    let (levels, half) = (Double(mixture.levels), Double(mixture.levels) / 2)
    let level = ((number.isNaN ? 0 : number / mixture.gain) * half + half).rounded()
    return Int(max(0, min(levels - 1, level)))
  }
}
