import KodamaCore
import KodamaTensors

/// Whether a network is being trained or used.
public enum Phase: Sendable, Equatable {
  /// Dropout and similar operators are disabled.
  case inference
  /// Dropout and similar operators are enabled and use this seed, which differs between steps.
  case training(seed: UInt64)
}

/// One forward pass through a network and its backward pass; provides layers with their parameters.
public final class Pass<S: Scalar> {
  /// The tape on which operators are recorded.
  public let tape: Tape<S>
  /// Whether the network is being trained.
  public let phase: Phase
  private let parameters: Parameters<S>
  private var leaves: [String: Variable<S>] = [:]
  /// The next values of parameters with the role `state`, by name, as set by layers.
  public private(set) var stateUpdates: [String: Tensor<S>] = [:]
  private var isSpent = false
  /// Called with the name of each requested parameter, every time.
  private let observer: ((_ name: String) -> Void)?

  /// A pass with the given parameters. Gradients are recorded in the training phase, or on request.
  public convenience init(
    _ parameters: Parameters<S>, phase: Phase = .inference, recording: Bool? = nil, workspace: Workspace = Workspace()
  ) {
    self.init(parameters, phase: phase, recording: recording, workspace: workspace, observer: nil)
  }

  /// A pass with an observer of requested parameters.
  init(
    _ parameters: Parameters<S>, phase: Phase, recording: Bool? = nil, workspace: Workspace,
    observer: ((_ name: String) -> Void)?
  ) {
    self.observer = observer
    self.parameters = parameters
    self.phase = phase
    tape = Tape(workspace: workspace, recording: recording ?? (phase != .inference))
  }

  /// The parameter of a name as a variable, the same one on every call; a constant unless it is trained.
  ///
  /// - Precondition: `gradients(of:)` was not called yet.
  public func parameter(_ name: String) -> Variable<S> {
    precondition(!isSpent, "a pass ends with its gradients; start another")
    observer?(name)
    if let leaf = leaves[name] { return leaf }
    let isTrained = parameters.layout.role(of: name) == .trained
    let leaf = isTrained ? tape.leaf(parameters[name]) : tape.constant(parameters[name])
    leaves[name] = leaf
    return leaf
  }

  /// Whether a parameter is frozen.
  public func isFrozen(_ name: String) -> Bool { parameters.layout.role(of: name) == .frozen }

  /// Sets the next value of a parameter with the role `state`. This pass continues with the current value.
  ///
  /// - Precondition: the parameter has this role, and the value has its shape.
  public func setState(_ name: String, _ value: Tensor<S>) {
    precondition(
      parameters.layout.role(of: name) == .state && parameters[name].shape == value.shape,
      "\(name) of shape \(parameters[name].shape) is not a state of shape \(value.shape)")
    stateUpdates[name] = value
  }

  /// The gradient of `loss` with respect to every parameter; 0 for those that are not trained and those that it does
  /// not depend on. Ends the pass.
  public func gradients(of loss: Variable<S>) -> Parameters<S> {
    var gradients = parameters.zeros
    forEachGradient(of: loss) { gradients[$0] = $1 }
    return gradients
  }

  /// Passes on the gradient of `loss` with respect to each parameter that it depends on, as soon as it is final, while
  /// others are still to be computed. Ends the pass.
  package func forEachGradient(
    of loss: Variable<S>, _ receive: (_ name: String, _ gradient: Tensor<S>) throws -> Void
  ) rethrows {
    isSpent = true
    let names = Dictionary(uniqueKeysWithValues: leaves.compactMap { name, leaf in leaf.index.map { ($0, name) } })
    try tape.backward(from: loss) { index, gradient in
      // Others are leaves of the tape's owner.
      if let name = names[index] { try receive(name, gradient) }
    }
  }
}
