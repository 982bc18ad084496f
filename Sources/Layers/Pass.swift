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
  private var isSpent = false

  /// A pass with the given parameters. Gradients are recorded in the training phase, or when asked for.
  public init(
    _ parameters: Parameters<S>, phase: Phase = .inference, recording: Bool? = nil, workspace: Workspace = Workspace()
  ) {
    self.parameters = parameters
    self.phase = phase
    tape = Tape(workspace: workspace, recording: recording ?? (phase != .inference))
  }

  /// The parameter of a name as a variable, the same one each time.
  ///
  /// - Precondition: `gradients(of:)` was not called yet.
  public func parameter(_ name: String) -> Variable<S> {
    precondition(!isSpent, "a pass ends with its gradients; begin another")
    if let leaf = leaves[name] { return leaf }
    let leaf = tape.leaf(parameters[name])
    leaves[name] = leaf
    return leaf
  }

  /// The gradient of `loss` with respect to every parameter; 0 for those it does not depend on. Ends the pass.
  public func gradients(of loss: Variable<S>) -> Parameters<S> {
    isSpent = true
    let found = tape.backward(from: loss)
    return Parameters(
      parameters.names.map { name in
        let gradient = leaves[name].flatMap { found[$0] }
        return (name, gradient ?? Tensor(parameters[name].shape))
      })
  }
}
