import KodamaCore
import KodamaLayers
import KodamaTensors

/// A policy of a network: how it takes observations, its parameters, and the distribution of actions.
public struct NetworkPolicy<Input: NetworkInput, Network: ActorCriticNetwork, Actions: ActionDistribution>: Sendable {
  /// How the network takes observations.
  public let input: Input
  /// The network.
  public let network: Network
  /// The distribution of actions.
  public let actions: Actions
  /// The parameters of the network.
  public var parameters: Parameters<Float>
  private let workspace: Workspace

  /// A policy with initial parameters.
  ///
  /// - Throws: `ReinforcementFault.size` where the network has other inputs than the observations have numbers, or other
  ///   outputs than the distribution.
  public init(_ input: Input, _ network: Network, _ actions: Actions, seed: UInt64, workers: Workers = .serial) throws {
    try ReinforcementFault.check(inputs: network.inputs, input.count)
    try ReinforcementFault.check(outputs: network.outputs, actions.outputs)
    (self.input, self.network, self.actions) = (input, network, actions)
    parameters = Parameters(network.declarations, seed: seed)
    workspace = Workspace(workers: workers)
  }

  /// What the network computes of rows of numbers.
  ///
  /// - Parameter rows: [count · inputs].
  /// - Returns: the outputs [count · outputs] and the values [count].
  func evaluate(rows: [Float]) -> (outputs: [Float], values: [Float]) {
    let pass = Pass(parameters, phase: .inference, workspace: workspace)
    let x = Tensor<Float>([rows.count / max(1, input.count), input.count], rows)
    let (outputs, values) = network.forward(pass.tape.constant(x), pass)
    return (outputs.value.elements, values.value.elements)
  }

  /// The outputs of the network for observations, [observations][outputs].
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func outputs(for observations: [Input.Observation]) throws -> [ArraySlice<Float>] {
    let outputs = evaluate(rows: try input.rows(observations)).outputs
    let width = actions.outputs
    return observations.indices.map { outputs[$0 * width..<($0 + 1) * width] }
  }

  /// The values of states, [observations]; 0 where the network has none.
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func values(of observations: [Input.Observation]) throws -> [Double] {
    evaluate(rows: try input.rows(observations)).values.map(Double.init)
  }

  /// The most probable action for each observation.
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func bestActions(for observations: [Input.Observation]) throws -> [Actions.Action] {
    try outputs(for: observations).map(actions.mode)
  }

  /// An action drawn for each observation.
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func actions(
    for observations: [Input.Observation], using random: inout Philox
  ) throws -> [Actions.Action] {
    try outputs(for: observations).map { actions.sample($0, using: &random) }
  }
}

extension NetworkPolicy: Policy where Actions == CategoricalActions {
  /// - Precondition: a finite observation.
  public func action(for observation: Input.Observation, using random: inout Philox) -> Int {
    actions.sample(finiteOutputs(observation), using: &random)
  }

  /// - Precondition: a finite observation.
  public func probability(of action: Int, for observation: Input.Observation) -> Double {
    actions.probabilities(finiteOutputs(observation))[action]
  }

  private func finiteOutputs(_ observation: Input.Observation) -> ArraySlice<Float> {
    do { return try outputs(for: [observation])[0] } catch { preconditionFailure("\(error)") }
  }
}

extension ReinforcementFault {
  /// Throws unless a network has as many inputs as observations have numbers.
  static func check(inputs: Int, _ expected: Int) throws {
    if inputs != expected { throw size(table: "an input row of the network", count: inputs, expected: expected) }
  }

  /// Throws unless a network has as many outputs as actions need.
  static func check(outputs: Int, _ expected: Int) throws {
    if outputs != expected { throw size(table: "an output row of the network", count: outputs, expected: expected) }
  }
}
