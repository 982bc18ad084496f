import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension DiscretizedMixture {
  /// Draws a level: a component, a number from it, and the level whose cell holds that. Takes no memory, and always as
  /// many random numbers.
  ///
  /// - Parameters:
  ///   - numbers: logits of weights, means, log scales.
  ///   - temperature: which logits are divided by and scales multiplied with; 0 gives the mean of the likeliest component.
  package func draw(_ numbers: UnsafePointer<Float>, temperature: Double, random: inout Philox) -> Int {
    let count = components
    var likeliest = 0
    for index in 1..<max(1, count) where numbers[index] > numbers[likeliest] { likeliest = index }
    if temperature == 0 { return level(of: Double(numbers[count + likeliest])) }

    func weight(_ index: Int) -> Double { exp(Double(numbers[index] - numbers[likeliest]) / temperature) }
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
    let scale = temperature * exp(max(Double(numbers[2 * count + drawn]), logScaleFloor))
    return level(of: Double(numbers[count + drawn]) + scale * standardNumber(&random))
  }

  /// A number of the distribution with mean 0 and scale 1.
  private func standardNumber(_ random: inout Philox) -> Double {
    switch kind {
    case .logistic:
      // In the middle between the numbers that `uniform` gives, of which 0 would be infinitely far out.
      let uniform = random.uniform() + 0x1p-54
      return log(uniform) - log1p(-uniform)
    case .gaussian: return random.normal()
    }
  }

  /// The level whose cell holds a number; that of 0 where it is no number.
  private func level(of number: Double) -> Int {
    let (levels, half) = (Double(self.levels), Double(self.levels) / 2)
    let level = ((number.isNaN ? 0 : number / gain) * half + half).rounded()
    return Int(max(0, min(levels - 1, level)))
  }
}
