import KodamaLayers
import KodamaTensors

/// A network that maps rows of numbers to rows of numbers, such as observations to the values of actions.
///
/// A network of your own declares the parameters of its layers, and runs them in `forward`.
public protocol RowNetwork: Layer {
  /// The numbers of an input row.
  var inputs: Int { get }
  /// The numbers of an output row.
  var outputs: Int { get }

  /// - Shapes: [rows, inputs] → [rows, outputs].
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S>
}

/// Linear layers with a function between them.
///
/// - Parameters in checkpoints: those of the `Linear` layers `<path>.1`, `<path>.2`, ….
public struct MultilayerPerceptron: RowNetwork, Equatable {
  /// The function between two layers.
  public enum Nonlinearity: Sendable, Equatable {
    /// tanh x.
    case tanh
    /// max(0, x).
    case relu

    func forward<S: Scalar>(_ x: Variable<S>) -> Variable<S> {
      switch self {
      case .tanh: x.tanh()
      case .relu: x.relu()
      }
    }
  }

  /// The numbers of inputs, hidden units of each layer, and outputs.
  public let sizes: [Int]
  private let layers: [Linear]
  private let nonlinearity: Nonlinearity

  /// A network under `path`.
  ///
  /// - Parameters:
  ///   - sizes: the numbers of inputs, hidden units of each layer, and outputs.
  ///   - outputScale: a factor of the initial weights of the last layer. A policy whose factor is small takes all actions
  ///     with about the same probability at first.
  /// - Precondition: at least two sizes, all positive.
  public init(_ path: String, _ sizes: [Int], _ nonlinearity: Nonlinearity = .tanh, outputScale: Double = 1) {
    precondition(sizes.count >= 2 && sizes.allSatisfy { $0 > 0 }, "\(path): layers of sizes \(sizes)")
    self.sizes = sizes
    self.nonlinearity = nonlinearity
    layers = (1..<sizes.count).map { index in
      let isLast = index == sizes.count - 1
      let bound = (isLast ? outputScale : 1) / Double(sizes[index - 1]).squareRoot()
      return Linear(
        "\(path).\(index)", inputs: sizes[index - 1], outputs: sizes[index], isOutput: isLast,
        initializer: .uniform(bound: bound), biasInitializer: .constant(0))
    }
  }

  /// The first of the sizes.
  public var inputs: Int { sizes[0] }
  /// The last of the sizes.
  public var outputs: Int { sizes[sizes.count - 1] }
  /// The weights and biases of all layers.
  public var declarations: [ParameterDeclaration] { layers.flatMap(\.declarations) }

  /// - Shapes: [rows, inputs] → [rows, outputs].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    var x = x
    for (index, layer) in layers.enumerated() {
      x = layer.forward(x, pass)
      if index < layers.count - 1 { x = nonlinearity.forward(x) }
    }
    return x
  }
}

/// A policy and the values of states in one network, or in two.
public protocol ActorCriticNetwork: Layer {
  /// The numbers of an input row.
  var inputs: Int { get }
  /// The numbers from which actions are drawn, of each row.
  var outputs: Int { get }

  /// - Shapes: [rows, inputs] → [rows, outputs] and [rows].
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> (actions: Variable<S>, values: Variable<S>)
}

/// A network for the policy and another one for the values of states.
public struct SeparateNetworks<Actor: RowNetwork, Critic: RowNetwork>: ActorCriticNetwork {
  /// The network of the policy.
  public let actor: Actor
  /// The network of the values, with one output.
  public let critic: Critic

  /// Two networks under different paths.
  ///
  /// - Precondition: as many inputs of both, and one output of the critic.
  public init(actor: Actor, critic: Critic) {
    precondition(
      actor.inputs == critic.inputs && critic.outputs == 1,
      "an actor of \(actor.inputs) inputs, a critic of \(critic.inputs) inputs and \(critic.outputs) outputs")
    (self.actor, self.critic) = (actor, critic)
  }

  /// The inputs of both networks.
  public var inputs: Int { actor.inputs }
  public var outputs: Int { actor.outputs }
  public var declarations: [ParameterDeclaration] { actor.declarations + critic.declarations }

  /// - Shapes: [rows, inputs] → [rows, outputs] of the actor and [rows] of the critic.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> (actions: Variable<S>, values: Variable<S>) {
    (actor.forward(x, pass), critic.forward(x, pass).reshaped([x.shape.rows]))
  }
}

/// One network whose last output is the value of the state and whose other outputs are the policy's.
public struct SharedNetwork<Network: RowNetwork>: ActorCriticNetwork {
  /// The network.
  public let network: Network

  /// - Precondition: at least two outputs.
  public init(_ network: Network) {
    precondition(network.outputs >= 2, "a policy and a value in \(network.outputs) outputs")
    self.network = network
  }

  public var inputs: Int { network.inputs }
  /// The outputs of the network without the last one.
  public var outputs: Int { network.outputs - 1 }
  public var declarations: [ParameterDeclaration] { network.declarations }

  /// - Shapes: [rows, inputs] → [rows, outputs] and [rows], the last output of the network.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> (actions: Variable<S>, values: Variable<S>) {
    let y = network.forward(x, pass)
    return (y.sliced(axis: -1, 0..<outputs), y.sliced(axis: -1, outputs..<outputs + 1).reshaped([x.shape.rows]))
  }
}

/// A policy without values of states: they count as 0, and advantages are returns.
public struct ActorOnly<Actor: RowNetwork>: ActorCriticNetwork {
  /// The network of the policy.
  public let actor: Actor

  /// A policy without values.
  public init(_ actor: Actor) { self.actor = actor }

  public var inputs: Int { actor.inputs }
  public var outputs: Int { actor.outputs }
  public var declarations: [ParameterDeclaration] { actor.declarations }

  /// - Shapes: [rows, inputs] → [rows, outputs] and zeros [rows].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> (actions: Variable<S>, values: Variable<S>) {
    (actor.forward(x, pass), pass.tape.constant(Tensor([x.shape.rows])))
  }
}
