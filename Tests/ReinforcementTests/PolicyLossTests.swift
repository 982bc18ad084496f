import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Distributions of actions and the losses of policies, in double precision.
@Suite struct PolicyLossTests {
  private typealias Networks = SeparateNetworks<MultilayerPerceptron, MultilayerPerceptron>

  private static func networks(outputs: Int) -> Networks {
    SeparateNetworks(
      actor: MultilayerPerceptron("actor", [3, 5, outputs]), critic: MultilayerPerceptron("critic", [3, 4, 1]))
  }

  /// A batch of random numbers whose former policy is another one than that of the parameters.
  private static func batch<A: ActionDistribution>(
    _ actions: A, rows: Int = 7, action: (inout Philox) -> A.Action
  ) -> PolicyBatch<A.Action> {
    var (batch, random) = (PolicyBatch<A.Action>(), Philox(seed: 4))
    for _ in 0..<rows {
      for _ in 0..<3 { batch.observations.append(Float(random.normal())) }
      batch.actions.append(action(&random))
      batch.advantages.append(random.normal())
      batch.targets.append(random.normal())
      batch.logProbabilities.append(-0.7 + 0.3 * random.normal())
      for _ in 0..<actions.outputs { batch.outputs.append(Float(random.normal())) }
    }
    return batch
  }

  @Test func categoricalNumbersAreThoseOfTheSoftmax() throws {
    let actions = try CategoricalActions(3)
    let logits: [Double] = [0.3, -1, 2, 0, 0, 0]
    let tape = Tape<Double>()
    let rows = tape.constant(Tensor([2, 3], logits))
    let sum = exp(0.3) + exp(-1) + exp(2)
    let shares = [exp(0.3) / sum, exp(-1) / sum, exp(2) / sum]
    expectClose(actions.probabilities([0.3, -1, 2]), shares, tolerance: 1e-6)
    expectClose(
      actions.logProbabilities(of: [2, 1], rows).value.elements, [log(shares[2]), -log(3)], tolerance: 1e-12)
    expectClose(
      actions.entropies(rows).value.elements, [-shares.reduce(0) { $0 + $1 * log($1) }, log(3)], tolerance: 1e-12)
    let former = Tensor<Double>([2, 3], [0, 0, 0, 0.3, -1, 2])
    let divergences = [
      shares.reduce(0) { $0 + log(1 / 3 / $1) / 3 }, shares.reduce(0) { $0 + $1 * log($1 * 3) },
    ]
    expectClose(actions.divergences(from: former, rows).value.elements, divergences, tolerance: 1e-12)
    #expect(actions.mode([0.3, -1, 2][...]) == 2 && actions.mode([1, 1, 0][...]) == 0)
    var (random, counts) = (Philox(seed: 2), [0.0, 0, 0])
    for _ in 0..<20_000 { counts[actions.sample([9, 0.3, -1, 2][1...], using: &random)] += 1 }
    // Five standard errors of a share are at most 5 · 0.5 / √20000 = 0.018.
    for action in 0..<3 { #expect((counts[action] / 20_000 - shares[action]).magnitude < 0.018) }
    // Numbers far apart do not overflow.
    #expect(actions.probabilities([1e4, 0, -1e4]) == [1, 0, 0])
  }

  @Test func gaussianNumbersAreThoseOfTheDensity() throws {
    let actions = try GaussianActions(1, logDeviations: -3...1)
    let tape = Tape<Double>()
    // The second one's deviation is beyond the limit.
    let rows = tape.constant(Tensor([2, 2], [0.5, -0.7, -1, 4]))
    func density(_ x: Double, _ mean: Double, _ logarithm: Double) -> Double {
      -(x - mean) * (x - mean) / (2 * exp(2 * logarithm)) - logarithm - log(2 * Double.pi) / 2
    }
    expectClose(
      actions.logProbabilities(of: [[0.8], [3]], rows).value.elements, [density(0.8, 0.5, -0.7), density(3, -1, 1)],
      tolerance: 1e-12)
    // Entropy and divergence as integrals by sums over a fine grid.
    let former = Tensor<Double>([2, 2], [0, 0.2, -1, 1])
    let (entropies, divergences) = (actions.entropies(rows).value, actions.divergences(from: former, rows).value)
    for (row, (mean, logarithm)) in [(0.5, -0.7), (-1, 1)].enumerated() {
      let (oldMean, oldLogarithm) = (former[row, 0], former[row, 1])
      var (entropy, divergence) = (0.0, 0.0)
      for step in -40_000...40_000 {
        let x = Double(step) * 1e-3
        let (now, old) = (density(x, mean, logarithm), density(x, oldMean, oldLogarithm))
        entropy -= exp(now) * now * 1e-3
        divergence += exp(old) * (old - now) * 1e-3
      }
      expectClose([entropies[row]], [entropy], tolerance: 1e-6)
      expectClose([divergences[row]], [divergence], tolerance: 1e-6, floor: 1)
    }
    #expect(actions.mode([0.5, -0.7]) == [0.5])
    var (random, sum, squares) = (Philox(seed: 3), 0.0, 0.0)
    for _ in 0..<20_000 {
      let x = actions.sample([0.5, -0.7], using: &random)[0]
      sum += x
      squares += (x - 0.5) * (x - 0.5)
    }
    #expect((sum / 20_000 - 0.5).magnitude < 5 * exp(-0.7) / 20_000.0.squareRoot())
    #expect((squares / 20_000 / exp(-1.4) - 1).magnitude < 5 * (2 / 20_000.0).squareRoot())
  }

  @Test(arguments: [PolicyObjective.logProbability, .ratio, .clippedRatio(0.2)])
  func lossesHaveTheirGradients(_ objective: PolicyObjective) throws {
    let (categorical, gaussian) = (try CategoricalActions(4), try GaussianActions(2, logDeviations: -5...2))
    let networks = Self.networks(outputs: 4)
    let parameters = Parameters<Double>(networks.declarations, seed: 7)
    let whole = PolicyLoss(
      networks, categorical, objective, valueFactor: 0.5, entropyFactor: 0.3, divergenceFactor: 0.4)
    let batch = Self.batch(categorical) { $0.integer(below: 4) }
    expectGradients(parameters, "categorical") { whole.forward(batch, $0).loss }
    let normal = PolicyLoss(
      networks, gaussian, objective, valueFactor: 0.5, entropyFactor: 0.3, divergenceFactor: 0.4)
    var vectors = Self.batch(gaussian) { [$0.normal(), $0.normal()] }
    for row in vectors.logProbabilities.indices { vectors.logProbabilities[row] -= 2 }
    expectGradients(parameters, "Gaussian") { normal.forward(vectors, $0).loss }
    let shared = SharedNetwork(MultilayerPerceptron("both", [3, 6, 5], .relu))
    let joint = PolicyLoss(shared, categorical, objective, entropyFactor: 0.1)
    expectGradients(Parameters(shared.declarations, seed: 8), "shared") { joint.forward(batch, $0).loss }
  }

  /// At the policy that took the steps all objectives have the same gradient.
  @Test func theFirstGradientIsThePlainPolicyGradient() throws {
    let (actions, networks) = (try CategoricalActions(4), Self.networks(outputs: 4))
    let parameters = Parameters<Double>(networks.declarations, seed: 7)
    var batch = Self.batch(actions) { $0.integer(below: 4) }
    let pass = Pass(parameters)
    batch.logProbabilities = PolicyLoss(networks, actions, .ratio).forward(batch, pass).logProbabilities.value.elements
    func gradient(_ objective: PolicyObjective) -> [Double] {
      let loss = PolicyLoss(networks, actions, objective, valueFactor: 0)
      return flattened(gradients(parameters) { loss.forward(batch, $0).loss })
    }
    let plain = gradient(.logProbability)
    #expect(plain.contains { $0.magnitude > 0.01 })
    expectClose(gradient(.ratio), plain, tolerance: 1e-12)
    expectClose(gradient(.clippedRatio(0.2)), plain, tolerance: 1e-12)
  }

  /// Beyond the range a ratio gains nothing, and one that went the wrong way is drawn back.
  @Test func gainsAreClipped() throws {
    for (ratio, advantage, isClipped) in [
      (1.3, 2.0, true), (1.3, -2, false), (0.7, 2, false), (0.7, -2, true), (1.1, 2, false), (0.9, -2, false),
    ] {
      let tape = Tape<Double>()
      let x = tape.leaf(Tensor([1], [log(ratio)]))
      let loss = PolicyObjective.clippedRatio(0.2).loss(
        x, former: tape.constant(Tensor([1])), advantages: tape.constant(Tensor([1], [advantage])))
      let clipped = ratio > 1 ? 1.2 : 0.8
      expectClose([loss.value.item], [-advantage * (isClipped ? clipped : ratio)], tolerance: 1e-12)
      let gradient = try #require(tape.backward(from: loss)[x])
      expectClose([gradient.item], [isClipped ? 0 : -advantage * ratio], tolerance: 1e-12, floor: 1)
    }
  }

  @Test func badSettingsAreRefused() throws {
    for range in [0, -0.1, 1, Double.nan, .infinity] {
      #expect(throws: ReinforcementFault.self) { try PolicyObjective.clippedRatio(range).check() }
    }
    #expect(throws: ReinforcementFault.self) { try CategoricalActions(0) }
    #expect(throws: ReinforcementFault.self) { try GaussianActions(0) }
    #expect(throws: ReinforcementFault.self) { try GaussianActions(1, logDeviations: -30...0) }
    #expect(throws: ReinforcementFault.self) {
      try NetworkPolicy(OneHot(4), Self.networks(outputs: 4), try CategoricalActions(4), seed: 1)
    }
    #expect(throws: ReinforcementFault.self) {
      try NetworkPolicy(OneHot(3), Self.networks(outputs: 4), try CategoricalActions(2), seed: 1)
    }
  }
}
