import KodamaCore
import KodamaTensors

/// An optimization algorithm and its state.
public struct Optimizer: Sendable {
  /// The rule.
  public let algorithm: OptimizerAlgorithm
  /// Settings for some of the parameters; the first group that matches a name applies.
  public let groups: [ParameterGroup]
  /// The steps taken.
  public private(set) var step: Int
  /// Its state, in the order of `algorithm.slots`; names and shapes are those of the parameters.
  public private(set) var state: [Parameters<Float>]

  /// An optimizer before its first step.
  public init(_ algorithm: OptimizerAlgorithm, groups: [ParameterGroup] = [], for parameters: Parameters<Float>) {
    self.init(algorithm, groups: groups, step: 0, state: algorithm.slots.map { _ in parameters.zeros })
  }

  /// Changes its state.
  package mutating func changeState(_ body: (inout Parameters<Float>) throws -> Void) rethrows {
    for slot in state.indices { try body(&state[slot]) }
  }

  /// An optimizer with restored state.
  ///
  /// - Precondition: one set of parameters for each slot of the algorithm.
  public init(
    _ algorithm: OptimizerAlgorithm, groups: [ParameterGroup] = [], step: Int, state: [Parameters<Float>]
  ) {
    precondition(state.count == algorithm.slots.count, "state of \(state.count) slots for \(algorithm.slots)")
    self.algorithm = algorithm
    self.groups = groups
    self.step = step
    self.state = state
  }

  /// Takes one step: updates the trained parameters.
  ///
  /// - Parameters:
  ///   - gradients: of the same names and shapes.
  ///   - learningRate: the learning rate of parameters without a group.
  ///   - workers: the threads; the result does not depend on them.
  public mutating func update(
    _ parameters: inout Parameters<Float>, gradients: Parameters<Float>, learningRate: Float,
    workers: Workers = .serial
  ) {
    precondition(
      parameters.layout.hasSameLayout(as: gradients.layout), "gradients of other names or shapes than the parameters")
    step += 1
    // Moved out of the array, so that each slot uniquely owns its memory and is updated in place.
    var slots = state.indices.map { slot in
      defer { state[slot].arena = Tensor([0], []) }
      return state[slot].arena
    }
    let orthogonal = algorithm.orthogonalUpdate
    var matrices: [OrthogonalUpdate.Matrix] = []
    for run in parameters.layout.trainedRuns(groups, separatesMatrices: orthogonal != nil) {
      let (rate, decay) = (learningRate * run.rateFactor, run.weightDecay ?? algorithm.weightDecay)
      if let rows = run.rows {
        matrices.append(.init(range: run.range, rows: rows, rate: rate, kept: 1 - rate * decay))
      } else {
        let update = algorithm.update(step: step, rate: rate, weightDecay: decay)
        parameters.arena.move(run.range, by: update, gradient: gradients.arena, slots: &slots)
      }
    }
    if let orthogonal {
      parameters.arena.move(
        matrices, by: orthogonal, gradient: gradients.arena, momentum: &slots[0], workers: workers)
    }
    for slot in state.indices { state[slot].arena = slots[slot] }
  }
}

/// An update rule. Each follows PyTorch's definition and is tested against its steps.
public enum OptimizerAlgorithm: Sendable, Equatable {
  /// Gradient descent with optional momentum, or Nesterov momentum.
  ///
  /// - Source: Sutskever et al. 2013, §2.
  case sgd(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0)
  /// - Source: Duchi et al. 2011.
  case adagrad(epsilon: Float = 1e-10, weightDecay: Float = 0)
  /// - Source: Tieleman and Hinton 2012, lecture 6.5.
  case rmsProp(decay: Float = 0.99, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// - Source: Kingma and Ba 2015, algorithm 1. Weight decay is added to the gradient.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// Adam with decoupled weight decay.
  ///
  /// - Source: Loshchilov and Hutter 2019, algorithm 2.
  case adamW(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

  /// Orthogonalized momentum for matrices (see `ParameterDeclaration.isMatrix`), AdamW for all other parameters, at the
  /// same rate. PyTorch's `Muon` with `match_rms_adamw`, which takes its iterations in bfloat16; these are in single
  /// precision.
  ///
  /// - Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks"; Liu et al. 2025, "Muon is
  ///   scalable for LLM training", §2.2, for the size of steps.
  case muon(
    momentum: Float = 0.95, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)

  /// The name of the rule, which identifies the kind of its state in checkpoints.
  public var name: String {
    switch self {
    case .sgd(let momentum, let nesterov, _): momentum == 0 ? "sgd" : nesterov ? "nesterov" : "momentum"
    case .adagrad: "adagrad"
    case .rmsProp: "rmsprop"
    case .adam: "adam"
    case .adamW: "adamw"
    case .muon: "muon"
    }
  }

  /// The names of its state tensors for each parameter.
  public var slots: [String] {
    switch self {
    case .sgd(let momentum, _, _): momentum > 0 ? ["momentum"] : []
    case .adagrad, .rmsProp: ["squares"]
    // Of a matrix under Muon the mean is its momentum, and the squares stay 0.
    case .adam, .adamW, .muon: ["mean", "squares"]
    }
  }

  /// The weight decay.
  public var weightDecay: Float {
    switch self {
    case .sgd(_, _, let decay), .adagrad(_, let decay), .rmsProp(_, _, let decay), .adam(_, _, _, let decay),
      .adamW(_, _, _, let decay), .muon(_, _, _, _, let decay):
      decay
    }
  }

  /// The update of one step.
  ///
  /// - Parameter step: the step's number, from 1.
  func update(step: Int, rate: Float, weightDecay: Float) -> ParameterUpdate {
    switch self {
    case .sgd(let momentum, let nesterov, _):
      ParameterUpdate(
        .descent(momentum: momentum, isNesterov: nesterov, isFirstStep: step == 1), rate: rate,
        coupledDecay: weightDecay)
    case .adagrad(let epsilon, _): ParameterUpdate(.adagrad(epsilon: epsilon), rate: rate, coupledDecay: weightDecay)
    case .rmsProp(let decay, let epsilon, _):
      ParameterUpdate(.rmsProp(decay: decay, epsilon: epsilon), rate: rate, coupledDecay: weightDecay)
    case .adam(let beta1, let beta2, let epsilon, _):
      ParameterUpdate(Self.adam(step, beta1, beta2, epsilon), rate: rate, coupledDecay: weightDecay)
    case .adamW(let beta1, let beta2, let epsilon, _), .muon(_, let beta1, let beta2, let epsilon, _):
      ParameterUpdate(Self.adam(step, beta1, beta2, epsilon), rate: rate, kept: 1 - rate * weightDecay)
    }
  }

  /// The update of matrices; nil where they are updated as all parameters are.
  var orthogonalUpdate: OrthogonalUpdate? {
    if case .muon(let momentum, _, _, _, _) = self { OrthogonalUpdate(momentum: momentum) } else { nil }
  }

  private static func adam(_ step: Int, _ beta1: Float, _ beta2: Float, _ epsilon: Float) -> ParameterUpdate.Rule {
    .adam(
      beta1: beta1, beta2: beta2, epsilon: epsilon, correction1: Float(1 - power(Double(beta1), step)),
      correction2: Float((1 - power(Double(beta2), step)).squareRoot()))
  }

  /// x to an integer power, by squaring.
  private static func power(_ x: Double, _ exponent: Int) -> Double {
    var (result, base, rest) = (1.0, x, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= base }
      base *= base
      rest >>= 1
    }
    return result
  }
}
