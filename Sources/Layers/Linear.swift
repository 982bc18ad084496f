import KodamaTensors

/// A linear layer: y = W · x + bias.
///
/// - Shapes: x [.., I] → [.., O].
/// - Parameters in checkpoints: `<path>.weight` [O, I], `<path>.bias` [O], as of PyTorch's `Linear`.
public struct Linear: Layer, Equatable {
  /// The dotted path.
  public let path: String
  /// The inputs I.
  public let inputs: Int
  /// The outputs O.
  public let outputs: Int
  private let weight: ParameterDeclaration
  private let bias: ParameterDeclaration?

  /// A linear layer under `path`.
  ///
  /// - Parameters:
  ///   - isOutput: whether its outputs are the network's, such as logits of classes: optimizers with a rule of their own
  ///     for matrices update hidden layers by it, and this one as other parameters.
  ///   - initializer: of the weight; nil for that of PyTorch's `Linear`, uniform in ±1/√I.
  ///   - biasInitializer: of the bias; nil likewise.
  public init(
    _ path: String, inputs: Int, outputs: Int, bias: Bool = true, isOutput: Bool = false,
    initializer: Initializer? = nil, biasInitializer: Initializer? = nil
  ) {
    precondition(inputs > 0 && outputs > 0, "\(path): no linear layer has \(inputs) inputs and \(outputs) outputs")
    self.path = path
    self.inputs = inputs
    self.outputs = outputs
    weight = ParameterDeclaration(
      path + ".weight", [outputs, inputs], initializer ?? .fanIn(inputs), isMatrix: !isOutput, isLayerWeight: true)
    self.bias = bias ? ParameterDeclaration(path + ".bias", [outputs], biasInitializer ?? .fanIn(inputs)) : nil
  }

  public var declarations: [ParameterDeclaration] { [weight] + (bias.map { [$0] } ?? []) }

  /// - Precondition: I inputs.
  /// - Shapes: [.., I] → [.., O].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    precondition(x.shape.last == inputs, "\(path) takes \(inputs) inputs, not shape \(x.shape)")
    // A pointwise convolution over the rows: the product reads the weight as it is stored, and begins with the bias.
    let geometry = ConvolutionGeometry(inputChannels: inputs, outputChannels: outputs)
    let y = x.reshaped([1, x.shape.rows, inputs]).convolution(
      weight: pass.parameter(weight.name).reshaped(geometry.weightShape),
      bias: bias.map { pass.parameter($0.name) }, geometry: geometry)
    return y.reshaped(x.shape.replacingLast(outputs))
  }
}
