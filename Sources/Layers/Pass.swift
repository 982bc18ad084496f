import KodamaCore
import KodamaTensors

/// Whether a network is being trained or used.
public enum Phase: Sendable, Equatable {
  /// Dropout and the like are off.
  case inference
  /// Dropout and the like are on and draw from this seed, which differs from step to step.
  case training(seed: UInt64)
}

/// One forward pass through a network, and the backward pass after it: joins layers with their parameters.
public final class Pass<S: Scalar> {
  /// Where operators are recorded.
  public let tape: Tape<S>
  /// Whether the network is being trained.
  public let phase: Phase
  private let parameters: Parameters<S>
  private var leaves: [String: Variable<S>] = [:]
  /// The next values of parameters whose role is state, by name, as layers have set them.
  public private(set) var stateUpdates: [String: Tensor<S>] = [:]
  private var isSpent = false
  /// Told the name of each parameter that is asked for, every time.
  private let observer: ((_ name: String) -> Void)?

  /// A pass with the given parameters. Gradients are recorded in the training phase, or when asked for.
  public convenience init(
    _ parameters: Parameters<S>, phase: Phase = .inference, recording: Bool? = nil, workspace: Workspace = Workspace()
  ) {
    self.init(parameters, phase: phase, recording: recording, workspace: workspace, observer: nil)
  }

  /// A pass that tells which parameters are asked for.
  init(
    _ parameters: Parameters<S>, phase: Phase, recording: Bool? = nil, workspace: Workspace,
    observer: ((_ name: String) -> Void)?
  ) {
    self.observer = observer
    self.parameters = parameters
    self.phase = phase
    tape = Tape(workspace: workspace, recording: recording ?? (phase != .inference))
  }

  /// The parameter of a name as a variable, the same one each time; a constant unless it is trained.
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

  /// Sets the next value of a parameter whose role is state. This pass goes on with the present one.
  ///
  /// - Precondition: such a parameter, and its shape.
  public func setState(_ name: String, _ value: Tensor<S>) {
    precondition(
      parameters.layout.role(of: name) == .state && parameters[name].shape == value.shape,
      "\(name) of shape \(parameters[name].shape) is not a state of shape \(value.shape)")
    stateUpdates[name] = value
  }

  /// The gradient of `loss` with respect to every parameter; 0 for those that are not trained and those it does not
  /// depend on. Ends the pass.
  public func gradients(of loss: Variable<S>) -> Parameters<S> {
    isSpent = true
    let found = tape.backward(from: loss)
    var gradients = parameters.zeros
    for (name, leaf) in leaves { if let gradient = found[leaf] { gradients[name] = gradient } }
    return gradients
  }
}
