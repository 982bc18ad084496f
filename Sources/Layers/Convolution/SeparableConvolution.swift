import KodamaTensors

/// A depthwise-separable convolution: a depthwise one, which sees positions, then a pointwise one, which mixes channels.
///
/// - Shapes: as of the depthwise `Convolution`, with O channels.
/// - Parameters in checkpoints: those of `<path>.depthwise` and `<path>.pointwise`.
/// - Source: Howard et al. 2017, §3.1.
public struct SeparableConvolution: Layer, Equatable {
  /// A kernel for each channel.
  public let depthwise: Convolution
  /// A product of the channels at each position.
  public let pointwise: Convolution

  /// A convolution under `path` that slides by `windows`.
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

  /// The shape of the output of an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` with all lengths where there is no output, or the rank or channels do not fit.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    try pointwise.outputShape(of: depthwise.outputShape(of: input))
  }

  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    pointwise.forward(depthwise.forward(x, pass), pass)
  }
}
