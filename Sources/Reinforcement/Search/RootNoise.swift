import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension TreeSearch {
  /// Mixes noise into the priors of the root's moves, so that moves of small priors are searched too:
  ///
  ///     prior ← (1 − share) · prior + share · η,  η drawn from Dirichlet(concentration)
  ///
  /// A root without moves in the tree is evaluated first, which counts as a simulation. Call it once for each root.
  ///
  /// - Parameters:
  ///   - concentration: the smaller, the fewer moves share the noise; the source takes 0.03 for Go, whose positions have
  ///     hundreds of moves.
  ///   - share: of the noise, 0 to 1.
  /// - Throws: `ReinforcementFault.setting` for a concentration that is not positive or a share outside [0, 1].
  /// - Precondition: moves are selected by priors.
  /// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", methods.
  public mutating func addNoise(
    concentration: Double, share: Double = 0.25, using random: inout Philox
  ) throws {
    try ReinforcementFault.check(positive: "the concentration of the noise", concentration)
    try ReinforcementFault.check("the share of the noise", share, in: 0...1)
    guard case .priors = selection else {
      preconditionFailure("noise in priors, where moves are selected by \(selection)")
    }
    if nodes[0].children == 0 { run(simulations: 1, using: &random) }
    let (first, count) = (Int(nodes[0].first), Int(nodes[0].children))
    for (index, noise) in random.dirichlet(concentration, count: count).enumerated() {
      nodes[first + index].prior = (1 - share) * nodes[first + index].prior + share * noise
    }
  }
}

extension Philox {
  /// Probabilities drawn from the symmetric Dirichlet distribution, [count]: gamma variates divided by their sum. Small
  /// concentrations would make all variates 0, so logarithms are taken until the largest is known.
  package mutating func dirichlet(_ concentration: Double, count: Int) -> [Double] {
    let logarithms = (0..<count).map { _ in logarithmOfGamma(shape: concentration) }
    let largest = logarithms.max() ?? 0
    let parts = logarithms.map { exp($0 - largest) }
    let sum = parts.reduce(0, +)
    return parts.map { $0 / sum }
  }

  /// The logarithm of a gamma variate of scale 1.
  ///
  /// - Source: Marsaglia and Tsang 2000, "A simple method for generating gamma variables"; shapes below 1 by the variate
  ///   of shape + 1 times u^(1 / shape).
  private mutating func logarithmOfGamma(shape: Double) -> Double {
    if shape < 1 { return logarithmOfGamma(shape: shape + 1) + log(1 - uniform()) / shape }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return log(d) + log(v) }
    }
  }
}
