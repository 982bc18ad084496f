import KodamaTensors

/// A transposed convolution, which upsamples a signal or map by its stride.
///
/// Its output has (n − 1) · stride − padding + (K − 1) · dilation + 1 + output padding elements along an axis of n,
/// where the output padding selects one of the lengths that the convolution maps to n.
///
/// - Shapes: x [B, T, I] → [B, T′, O], or [B, H, W, I] → [B, H′, W′, O].
/// - Parameters in checkpoints: `<path>.weight` [I, O/g, K..], `<path>.bias` [O], as of PyTorch's `ConvTranspose1d` and
///   `ConvTranspose2d`.
/// - Source: Dumoulin and Visin 2016, §4.
public struct TransposedConvolution: Layer, Equatable {
  /// The convolution from this layer's output to its input.
  public let geometry: ConvolutionGeometry
  /// Elements added to the length of each axis, less than its stride.
  public let outputPadding: [Int]
  private let weight: ParameterDeclaration
  private let bias: ParameterDeclaration?

  /// A convolution under `path`.
  ///
  /// - Precondition: windows with explicit padding, and an output padding from 0 to below the stride for each.
  public init(
    _ path: String, inputChannels: Int, outputChannels: Int, groups: Int = 1, windows: [SlidingWindow],
    outputPadding: [Int]? = nil, bias: Bool = true
  ) {
    for window in windows {
      guard case .explicit = window.padding else {
        preconditionFailure("\(path): a transposed convolution has explicit padding, not \(window)")
      }
    }
    geometry = ConvolutionGeometry(
      inputChannels: outputChannels, outputChannels: inputChannels, groups: groups, windows: windows)
    self.outputPadding = outputPadding ?? windows.map { _ in 0 }
    precondition(
      self.outputPadding.count == windows.count
        && zip(self.outputPadding, windows).allSatisfy { (0..<$1.stride).contains($0) },
      "\(path): an output padding of \(self.outputPadding) for strides \(windows.map(\.stride))")
    // PyTorch counts the fan in from the second axis.
    let initializer = Initializer.fanIn(geometry.weightShape.count / inputChannels)
    weight = ParameterDeclaration(
      path + ".weight", geometry.weightShape, initializer, isMatrix: geometry.groups == 1, isLayerWeight: false)
    self.bias = bias ? ParameterDeclaration(path + ".bias", [outputChannels], initializer) : nil
  }

  public var declarations: [ParameterDeclaration] { [weight] + (bias.map { [$0] } ?? []) }

  /// The length of an axis of the output; 0 or less where the padding removes all of it.
  public func outputLength(_ length: Int, axis: Int) -> Int {
    let window = geometry.windows[axis]
    let (before, after) = window.padding(ofLength: length)
    return (length - 1) * window.stride - before - after + window.extent + outputPadding[axis]
  }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` with all lengths where the output is empty, or the rank or channels do not match.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    let (windows, operation) = (geometry.windows, "a transposed convolution")
    if input.rank != windows.count + 2 || input.last != geometry.outputChannels {
      throw .otherInput(operation: operation, input: input, axes: windows.count, channels: geometry.outputChannels)
    }
    let lengths = windows.indices.map { input[$0 + 1] < 1 ? 0 : outputLength(input[$0 + 1], axis: $0) }
    if lengths.contains(where: { $0 < 1 }) {
      throw .nothingLeft(
        operation: operation, input: input, windows: windows, outputPadding: outputPadding, lengths: lengths)
    }
    return Shape([input[0]] + lengths + [geometry.inputChannels])
  }

  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let lengths = geometry.windows.indices.map { outputLength(x.shape[$0 + 1], axis: $0) }
    return x.transposedConvolution(
      weight: pass.parameter(weight.name), bias: bias.map { pass.parameter($0.name) }, geometry: geometry,
      lengths: lengths)
  }
}
