import KodamaTensors

/// Causal dilated convolution over time.
///
/// y[b, t, o] = bias[o] + Σ_k Σ_i weight[o, i, k] · x[b, t − (K − 1 − k)·d, i]
///
/// - Shapes: x [B, T, I] → [B, T, O]; history before the first sample is zero.
/// - Parameters in checkpoints: `<path>.weight` [O, I/g, K], oldest tap first; `<path>.bias` [O].
/// - Source: van den Oord et al. 2016, §2.1.
public struct CausalConvolution: Layer, Equatable {
  /// The sizes.
  public let geometry: ConvolutionGeometry
  /// The weight.
  public let weight: NormalizedWeight
  private let bias: ParameterDeclaration?

  /// A convolution under `path`. It begins as PyTorch's `Conv1d` does: uniform in ±1/√(I/g · K).
  public init(_ path: String, _ geometry: ConvolutionGeometry, bias: Bool = true, weightNormalization: Bool = false) {
    self.geometry = geometry
    let beginning = Initializer.fanIn(geometry.weightShape[1] * geometry.kernelSize)
    weight = NormalizedWeight(path, geometry.weightShape, normalized: weightNormalization, initializer: beginning)
    self.bias = bias ? ParameterDeclaration(path + ".bias", [geometry.outputChannels], beginning) : nil
  }

  /// A pointwise convolution, kernel size 1: the same product at every time step.
  public static func pointwise(
    _ path: String, inputChannels: Int, outputChannels: Int, bias: Bool = true, weightNormalization: Bool = false
  ) -> CausalConvolution {
    CausalConvolution(
      path, ConvolutionGeometry(inputChannels: inputChannels, outputChannels: outputChannels), bias: bias,
      weightNormalization: weightNormalization)
  }

  public var declarations: [ParameterDeclaration] { weight.declarations + (bias.map { [$0] } ?? []) }

  /// The bias in a pass; nil where there is none.
  public func bias<S: Scalar>(in pass: Pass<S>) -> Variable<S>? { bias.map { pass.parameter($0.name) } }

  /// The bias from parameters; nil where there is none.
  public func bias<S: Scalar>(from parameters: Parameters<S>) -> Tensor<S>? { bias.map { parameters[$0.name] } }

  /// [B, T, I] → [B, T, O].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    x.causalConvolution(weight: weight.variable(in: pass), bias: bias(in: pass), geometry: geometry)
  }
}
