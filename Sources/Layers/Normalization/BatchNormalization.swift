import KodamaTensors

/// Normalizes each channel over the batch and all positions:
///
/// y = weight · (x − mean) / √(variance + ε) + bias
///
/// In training, the mean and variance are those of the batch, and the pass returns new running statistics,
/// (1 − momentum) · running + momentum · batch, with the unbiased variance as in PyTorch. In inference, and where the
/// weight is frozen, the running statistics are used and kept.
///
/// - Shapes: [B, T, C] or [B, H, W, C], kept.
/// - Parameters in checkpoints: `<path>.weight` and `<path>.bias` [C] where affine; the state `<path>.running_mean` and
///   `<path>.running_var` [C].
/// - Source: Ioffe and Szegedy 2015, algorithms 1 and 2.
public struct BatchNormalization: Layer, Equatable {
  /// The dotted path.
  public let path: String
  /// The channels C.
  public let channels: Int
  /// Added to the variance.
  public let epsilon: Double
  /// The weight of a batch in the running statistics.
  public let momentum: Double
  private let affine: AffineTransform

  /// A normalization under `path`.
  public init(_ path: String, channels: Int, epsilon: Double = 1e-5, momentum: Double = 0.1, isAffine: Bool = true) {
    self.path = path
    self.channels = channels
    self.epsilon = epsilon
    self.momentum = momentum
    affine = AffineTransform(path, [channels], hasWeight: isAffine, hasBias: true)
  }

  private var meanName: String { path + ".running_mean" }
  private var varianceName: String { path + ".running_var" }

  public var declarations: [ParameterDeclaration] {
    affine.declarations + [
      ParameterDeclaration(meanName, [channels], .constant(0), role: .state),
      ParameterDeclaration(varianceName, [channels], .constant(1), role: .state),
    ]
  }

  /// Normalizes, and in training sets the running statistics.
  ///
  /// - Precondition: C channels, and in training more than one value of each.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    forward(x, pass, activation: nil)
  }

  /// Normalizes as `forward(_:_:)` does, and applies an activation to the result. In training, one that only limits its
  /// argument takes no pass of its own.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>, activation: Activation?) -> Variable<S> {
    precondition(x.shape.last == channels, "\(path) normalizes \(channels) channels, not shape \(x.shape)")
    let (mean, variance) = (pass.parameter(meanName), pass.parameter(varianceName))
    let (weight, bias) = affine.variables(in: pass)
    let isFrozen = affine.declarations.first.map { pass.isFrozen($0.name) } ?? false
    guard case .training = pass.phase, !isFrozen else {
      let scale =
        (weight ?? pass.tape.constant(Tensor([channels], repeating: 1))) / (variance + S(epsilon)).squareRoot()
      let offset = -(mean * scale)
      let y = x.transformed(scale: scale, shift: bias.map { $0 + offset } ?? offset)
      return activation?.forward(y) ?? y
    }
    let limits = activation?.limits.map { S($0.lowerBound)...S($0.upperBound) }
    let (output, moments) = x.batchNormalized(weight: weight, bias: bias, epsilon: S(epsilon), limits: limits)
    precondition(
      moments.count > 1, "\(path) needs more than one value of each channel in training, not shape \(x.shape)")
    func mixed(_ running: Variable<S>, _ batch: Tensor<S>, _ factor: Double) -> Tensor<S> {
      let tape = Tape<S>(workspace: pass.tape.workspace, recording: false)
      let (old, new) = (tape.constant(running.value), tape.constant(batch.reshaped([channels])))
      return (old * S(1 - momentum) + new * S(momentum * factor)).value
    }
    let unbiased = Double(moments.count) / Double(moments.count - 1)
    pass.setState(meanName, mixed(mean, moments.mean, 1))
    pass.setState(varianceName, mixed(variance, moments.variance, unbiased))
    return limits == nil ? activation?.forward(output) ?? output : output
  }
}
