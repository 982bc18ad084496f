import KodamaCheckpoints
import KodamaLayers
import KodamaTensors

/// Several processes that have one network together: each has some of its parameters, and computes with them in every part
/// of a step.
public protocol DividedNetwork: ProcessTeam {
  /// What this process has of the parameters.
  var share: ParameterShare { get }

  /// Whether the measures of this process are those of the network: of one process they are.
  var hasMeasures: Bool { get }

  /// The parts of a step whose forward passes this process computes before the backward pass of an earlier one.
  ///
  /// - Source: Narayanan et al. 2019, "PipeDream", §3.2: one forward, one backward.
  var partsAhead: Int { get }

  /// The norm of the gradients of all parameters, of which this process has some.
  ///
  /// - Throws: as `added(_:)`.
  func norm(of gradients: Parameters<Float>) throws -> Double

  /// Calls `body` in the first process with a function that collects a parameter of the whole network from all processes;
  /// the others wait, and send theirs, until it returns.
  ///
  /// - Parameters:
  ///   - sets: this process's parameters: weights, their average and so on.
  ///   - body: the function takes the number of a set, and a name.
  /// - Throws: what `body` throws, in the first process.
  func collect(
    _ sets: [Parameters<Float>], _ body: (@escaping (_ set: Int, _ name: String) -> Tensor<Float>) throws -> Void
  ) throws
}

extension DividedNetwork {
  /// Some parameters of the whole network in the first process; nil in all others.
  package func whole(
    _ parameters: Parameters<Float>, _ declarations: [ParameterDeclaration]
  ) throws -> Parameters<Float>? {
    var whole: Parameters<Float>?
    try collect([parameters]) { value in whole = Parameters(declarations) { value(0, $0) } }
    return whole
  }
}
