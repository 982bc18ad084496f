import KodamaTensors

/// A convolution over time, or over height and width.
///
/// y[b, p, o] = bias[o] + Σ_k Σ_i weight[o, i, k] · x[b, p · stride + k · dilation − padding, i], i in the group of o
///
/// A causal convolution, as in WaveNets, has all its padding at the start: outputs do not depend on later inputs.
///
/// - Shapes: x [B, T, I] → [B, T′, O], or [B, H, W, I] → [B, H′, W′, O]; the lengths are those of
///   `ConvolutionGeometry.outputShape(of:)`.
/// - Parameters in checkpoints: `<path>.weight` [O, I/g, K..], over time oldest tap first; `<path>.bias` [O].
/// - Source: van den Oord et al. 2016, §2.1, of causal ones; Howard et al. 2017, §3.1, of depthwise and pointwise ones.
public struct Convolution: Layer, Equatable {
  /// The sizes.
  public let geometry: ConvolutionGeometry
  /// The weight.
  public let weight: WeightNormalization
  private let bias: ParameterDeclaration?

  /// A convolution under `path`.
  ///
  /// - Parameters:
  ///   - isOutput: whether its outputs are the network's, such as logits of classes: optimizers with a rule of their own
  ///     for matrices update hidden layers by it, and this one as other parameters.
  ///   - initializer: of the weight; nil for that of PyTorch's `Conv1d` and `Conv2d`, uniform in ±1/√(I/g · K).
  ///   - biasInitializer: of the bias; nil likewise.
  public init(
    _ path: String, _ geometry: ConvolutionGeometry, bias: Bool = true, weightNormalization: Bool = false,
    isOutput: Bool = false, initializer: Initializer? = nil, biasInitializer: Initializer? = nil
  ) {
    self.geometry = geometry
    let fanIn = Initializer.fanIn(geometry.weightShape.count / geometry.outputChannels)
    weight = WeightNormalization(
      path, geometry.weightShape, normalized: weightNormalization, initializer: initializer ?? fanIn,
      isMatrix: geometry.groups == 1 && !isOutput, isLayerWeight: geometry.groups == 1)
    self.bias = bias ? ParameterDeclaration(path + ".bias", [geometry.outputChannels], biasInitializer ?? fanIn) : nil
  }

  /// A pointwise convolution over time, kernel size 1: the same product at every time step.
  public static func pointwise(
    _ path: String, inputChannels: Int, outputChannels: Int, bias: Bool = true, weightNormalization: Bool = false,
    isOutput: Bool = false
  ) -> Convolution {
    Convolution(
      path, ConvolutionGeometry(inputChannels: inputChannels, outputChannels: outputChannels), bias: bias,
      weightNormalization: weightNormalization, isOutput: isOutput)
  }

  public var declarations: [ParameterDeclaration] { weight.declarations + (bias.map { [$0] } ?? []) }

  /// Whether there is a bias.
  public var hasBias: Bool { bias != nil }

  /// The bias in a pass; nil where there is none.
  public func bias<S: Scalar>(in pass: Pass<S>) -> Variable<S>? { bias.map { pass.parameter($0.name) } }

  /// The bias from parameters; nil where there is none.
  public func bias<S: Scalar>(from parameters: Parameters<S>) -> Tensor<S>? { bias.map { parameters[$0.name] } }

  /// The output shape for an input whose lengths come from a file. (`forward` requires valid lengths as a
  /// precondition.)
  ///
  /// - Throws: `GeometryFault` with all lengths where there is no output, or the rank or channels do not match.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    try geometry.validatedOutputShape(of: input)
  }

  /// - Shapes: [B, T, I] → [B, T′, O], or [B, H, W, I] → [B, H′, W′, O].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    x.convolution(weight: weight.variable(in: pass), bias: bias(in: pass), geometry: geometry)
  }
}

/// A depthwise-separable convolution: a depthwise one, which filters each channel, followed by a pointwise one, which
/// mixes channels.
///
/// - Shapes: as of the depthwise `Convolution`, with O channels.
/// - Parameters in checkpoints: those of `<path>.depthwise` and `<path>.pointwise`.
/// - Source: Howard et al. 2017, §3.1.
public struct SeparableConvolution: Layer, Equatable {
  /// The convolution of each channel by its own kernel.
  public let depthwise: Convolution
  /// The 1 × 1 convolution that mixes the channels.
  public let pointwise: Convolution

  /// A convolution under `path` with the given windows.
  public init(_ path: String, inputChannels: Int, outputChannels: Int, windows: [SlidingWindow], bias: Bool = true) {
    depthwise = Convolution(
      path + ".depthwise",
      ConvolutionGeometry(
        inputChannels: inputChannels, outputChannels: inputChannels, groups: inputChannels, windows: windows),
      bias: bias)
    pointwise = Convolution(
      path + ".pointwise",
      ConvolutionGeometry(
        inputChannels: inputChannels, outputChannels: outputChannels, windows: windows.map { _ in SlidingWindow(1) }),
      bias: bias)
  }

  public var declarations: [ParameterDeclaration] { depthwise.declarations + pointwise.declarations }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` with all lengths where there is no output, or the rank or channels do not match.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    try pointwise.outputShape(of: depthwise.outputShape(of: input))
  }

  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    pointwise.forward(depthwise.forward(x, pass), pass)
  }
}
