import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import TestSupport
import Testing

/// Gradients of policies of small networks, held to the enumeration of all trajectories, in double precision.
@Suite struct NetworkGradientTests {
  private typealias Networks = SeparateNetworks<MultilayerPerceptron, MultilayerPerceptron>

  private let networks = Networks(
    actor: MultilayerPerceptron("actor", [5, 4, 2]), critic: MultilayerPerceptron("critic", [5, 3, 1]))

  /// One row for each state.
  private var allStates: Tensor<Double> { Tensor([5, 5], (0..<25).map { $0 % 6 == 0 ? 1 : 0 }) }

  /// The policy [states · actions] and the critic's values [states].
  private func evaluate(_ parameters: Parameters<Double>) -> (policy: [Double], values: [Double]) {
    let pass = Pass(parameters)
    let (outputs, values) = networks.forward(pass.tape.constant(allStates), pass)
    return (outputs.softmax().value.elements, values.value.elements)
  }

  /// The exact values of the states under the policy.
  private func values(_ parameters: Parameters<Double>, discount: Double) throws -> [Double] {
    try Planner(try FiniteModel.threeSteps(), discount: discount, tolerance: 1e-14).values(
      of: TabularPolicy(stateCount: 5, actionCount: 2, probabilities: evaluate(parameters).policy))
  }

  /// A trajectory with its probability: states, actions and rewards.
  private struct Trajectory {
    var probability = 1.0
    var (states, actions, rewards) = ([Int](), [Int](), [Double]())
  }

  private func trajectories(_ policy: [Double]) throws -> [Trajectory] {
    let model = try FiniteModel.threeSteps()
    var (open, ended) = ([(0, Trajectory())], [Trajectory]())
    while let (state, sofar) = open.popLast() {
      for action in 0..<2 {
        for outcome in model.outcomes(of: action, in: state) {
          var longer = sofar
          longer.probability *= policy[state * 2 + action] * outcome.probability
          longer.states.append(state)
          longer.actions.append(action)
          longer.rewards.append(outcome.reward)
          if model.isTerminal[outcome.state] { ended.append(longer) } else { open.append((outcome.state, longer)) }
        }
      }
    }
    return ended
  }

  /// The batch of a trajectory, without advantages.
  private func batch(_ trajectory: Trajectory, _ policy: [Double]) -> PolicyBatch<Int> {
    var batch = PolicyBatch<Int>()
    for state in trajectory.states { OneHot(5).append(state, to: &batch.observations) }
    batch.actions = trajectory.actions
    batch.targets = [Double](repeating: 0, count: trajectory.actions.count)
    batch.logProbabilities = zip(trajectory.states, trajectory.actions).map { logarithm(policy[$0 * 2 + $1]) }
    batch.outputs = [Float](repeating: 0, count: 2 * trajectory.actions.count)
    return batch
  }

  private func logarithm(_ x: Double) -> Double {
    Tape<Double>().constant(Tensor([1], [x])).logarithm().value.item
  }

  /// The mean gradient over all trajectories, of the actor's parameters.
  private func meanGradient(
    _ parameters: Parameters<Double>, _ objective: PolicyObjective,
    prepare: (inout PolicyBatch<Int>, Trajectory) throws -> Void
  ) throws -> [Double] {
    let policy = evaluate(parameters).policy
    let all = try trajectories(policy)
    #expect((all.reduce(0) { $0 + $1.probability } - 1).magnitude < 1e-12)
    let loss = PolicyLoss(networks, try CategoricalActions(2), objective, valueFactor: 0)
    var sum = [Double](repeating: 0, count: parameters.count)
    for trajectory in all {
      var batch = batch(trajectory, policy)
      try prepare(&batch, trajectory)
      // The loss is negated.
      let gradient = flattened(gradients(parameters) { loss.forward(batch, $0).loss })
      for index in sum.indices { sum[index] -= trajectory.probability * gradient[index] }
    }
    return sum
  }

  @Test(arguments: [false, true]) func reinforceIsUnbiased(_ hasBaseline: Bool) throws {
    let (parameters, discount) = (Parameters<Double>(networks.declarations, seed: 3), 0.9)
    let critic = evaluate(parameters).values
    #expect(critic.contains { $0.magnitude > 0.1 })
    let found = try meanGradient(parameters, .logProbability) { batch, trajectory in
      let values = trajectory.states.map { hasBaseline ? critic[$0] : 0 }
      batch.setReturns(trajectory.rewards, values: values, discount: discount)
      batch = PolicyBatch(episodes: [batch])
    }
    let expected = try centralDifferences(parameters) { try values($0, discount: discount)[0] }
    #expect(expected.contains { $0.magnitude > 0.01 })
    expectClose(found, expected, tolerance: 1e-6)
  }

  /// With the exact values as its critic the actor's mean step is the gradient, whatever λ.
  @Test(arguments: [0, 0.6, 1], [PolicyObjective.logProbability, .clippedRatio(0.2)])
  func generalizedAdvantagesAreUnbiasedWithTheTrueCritic(_ decay: Double, _ objective: PolicyObjective) throws {
    let parameters = Parameters<Double>(networks.declarations, seed: 3)
    let critic = try values(parameters, discount: 1)
    let found = try meanGradient(parameters, objective) { batch, trajectory in
      let values = trajectory.states.map { critic[$0] }
      batch.advantages = try AdvantageEstimate.generalized(
        rewards: trajectory.rewards, values: values, nextValues: Array(values.dropFirst()) + [0],
        isLast: values.indices.map { $0 == values.count - 1 }, discount: 1, decay: decay)
      // The loss is a mean over steps.
      for index in batch.advantages.indices { batch.advantages[index] *= Double(batch.count) }
    }
    expectClose(
      found, try centralDifferences(parameters) { try values($0, discount: 1)[0] }, tolerance: 1e-6)
  }
}
