/// The execution of operators on one kind of processor: the loops over the elements of whole tensors.
///
/// Operators define shapes, formulas and gradients; a backend manages memory and threads. Supporting another processor
/// takes another backend and no change of operators or layers. The order of summation depends on the shapes alone,
/// never on the number of threads.
package protocol Backend: Sendable {
  /// f(x) of each element.
  func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>, in resources: Resources) -> Tensor<S>

  /// dy · f′(x) of each element, where y = f(x).
  func unaryGradient<S>(
    _ function: UnaryFunction<S>, x: Tensor<S>, y: Tensor<S>, dy: Tensor<S>, in resources: Resources
  ) -> Tensor<S>

  /// a (operation) b of each pair of elements, with both operands broadcast to one shape.
  func binary<S>(_ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S>

  /// mask ≠ 0 ? a : b of each triple of elements; all of one shape.
  func select<S>(mask: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S>

  /// The reduction over some axes, which are kept with an extent of 1.
  ///
  /// - Parameter axes: ascending; none has an extent of 0.
  func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int], in resources: Resources) -> Tensor<S>

  /// The mean and the biased variance of each channel over all other axes: [.., C] → [C].
  func channelMoments<S>(_ x: Tensor<S>, in resources: Resources) -> (mean: Tensor<S>, variance: Tensor<S>)

  /// scale · x + shift by channel, [C], limited to a range if there is one.
  func channelTransform<S>(
    _ x: Tensor<S>, scale: Tensor<S>, shift: Tensor<S>, limits: ClosedRange<S>?, in resources: Resources
  ) -> Tensor<S>

  /// The sums of a and of a · (b − mean) over all axes but the channels, [C]; a counts as 0 where the passage stops b.
  func channelProducts<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, _ b: Tensor<S>, mean: Tensor<S>, in resources: Resources
  ) -> (sums: Tensor<S>, products: Tensor<S>)

  /// scale · a + slope · (b − mean) + shift by channel, [C]; a counts as 0 where the passage stops b.
  func channelCombination<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, scale: Tensor<S>, _ b: Tensor<S>, mean: Tensor<S>,
    scale slope: Tensor<S>, shift: Tensor<S>, in resources: Resources
  ) -> Tensor<S>

  /// The elements of `x` addressed by a layout, in order.
  func read<S>(_ x: Tensor<S>, through layout: StridedLayout, in resources: Resources) -> Tensor<S>

  /// Writes the elements of `x`, in order, to the elements of `target` addressed by a layout.
  func write<S>(_ x: Tensor<S>, to target: inout Tensor<S>, through layout: StridedLayout, in resources: Resources)

  /// Rows of a table by index: [classes, C] → [indices, C].
  func rows<S>(_ indices: [Int32], of table: Tensor<S>, in resources: Resources) -> Tensor<S>

  /// A table [classes, C] with the sums of the rows of `x` [indices, C] by index.
  func sums<S>(ofRows x: Tensor<S>, by indices: [Int32], classes: Int, in resources: Resources) -> Tensor<S>

  /// op(a) · op(b) of matrices in the two innermost axes; the outer axes are broadcast.
  func matrixProduct<S>(
    _ a: Tensor<S>, transposed aTransposed: Bool, _ b: Tensor<S>, transposed bTransposed: Bool,
    in resources: Resources
  ) -> Tensor<S>

  /// A convolution; weight as `geometry.weightShape`, bias [O].
  ///
  /// - Precondition: the shapes match, and the output is not empty.
  func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S>

  /// The gradient of a convolution's input from that of its output.
  func convolutionInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in resources: Resources
  ) -> Tensor<S>

  /// The gradient of a convolution's weight from that of its output.
  func convolutionWeightGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S>

  /// The gradient of a convolution's bias from that of its output: its sum over all but the channels.
  func convolutionBiasGradient<S>(_ gradient: Tensor<S>, in resources: Resources) -> Tensor<S>

  /// Some outputs of a depthwise transposed convolution over time: [B, inputs, C] → [B, outputs, C], by a kernel [C, 1,
  /// taps].
  func upsampled<S>(
    _ x: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S>

  /// The gradient of upsampling's input from that of its outputs.
  func upsamplingInputGradient<S>(
    _ gradient: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S>

  /// The gradient of upsampling's kernel from that of its outputs.
  func upsamplingKernelGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S>

  /// The maximum or the mean under each window.
  ///
  /// - Precondition: the output is not empty, and every window covers an element.
  func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources) -> Tensor<S>

  /// The gradient of a pooling's input from that of its output.
  func poolingGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, output: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources
  ) -> Tensor<S>

  /// A recurrence over time. The gates' inputs, [B, T, G · H], may be overwritten.
  func recurrence<S>(
    _ gates: consuming Tensor<S>, _ recurrence: Recurrence<S>, in resources: Resources
  ) -> RecurrenceTrace<S>

  /// The gradients of a recurrence from those of its results, computed once: the trace is used up.
  func recurrenceGradients<S>(
    _ recurrence: Recurrence<S>, _ trace: RecurrenceTrace<S>, _ upstream: RecurrenceUpstream<S>, needsWeight: Bool,
    in resources: Resources
  ) -> RecurrenceGradients<S>

  /// The implementation of fused gated residual blocks; nil where there is none.
  var gatedResidualBlocks: (any GatedResidualBackend)? { get }

  /// The implementation of fused residual stacks; nil where there is none.
  var residualStacks: (any ResidualStackBackend)? { get }
}

/// Where the gradient of scale · x + shift, limited to a range, passes to x: where the transform lies strictly between the
/// limits, as in PyTorch.
package struct GradientPassage<S: Scalar>: Sendable {
  /// Of each channel, [C].
  package let scale: Tensor<S>
  /// Of each channel, [C].
  package let shift: Tensor<S>
  /// The limits.
  package let limits: ClosedRange<S>
}

extension Backend {
  package var gatedResidualBlocks: (any GatedResidualBackend)? { nil }
  package var residualStacks: (any ResidualStackBackend)? { nil }
}
