/// A backend that forwards every operator to another one; a conforming type has functions of its own for those that it
/// changes. Fused blocks are not forwarded, so that they come as single operators.
package protocol ForwardingBackend: Backend {
  /// The backend that does the work.
  var base: any Backend { get }
}

extension ForwardingBackend {
  package func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>, in resources: Resources) -> Tensor<S> {
    base.unary(function, x, in: resources)
  }

  package func unaryGradient<S>(
    _ function: UnaryFunction<S>, x: Tensor<S>, y: Tensor<S>, dy: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    base.unaryGradient(function, x: x, y: y, dy: dy, in: resources)
  }

  package func binary<S>(
    _ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    base.binary(operation, a, b, in: resources)
  }

  package func select<S>(mask: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    base.select(mask: mask, a, b, in: resources)
  }

  package func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int], in resources: Resources) -> Tensor<S> {
    base.reduce(reduction, x, axes: axes, in: resources)
  }

  package func channelMoments<S>(
    _ x: Tensor<S>, in resources: Resources
  ) -> (mean: Tensor<S>, variance: Tensor<S>) {
    base.channelMoments(x, in: resources)
  }

  package func channelTransform<S>(
    _ x: Tensor<S>, scale: Tensor<S>, shift: Tensor<S>, limits: ClosedRange<S>?, in resources: Resources
  ) -> Tensor<S> {
    base.channelTransform(x, scale: scale, shift: shift, limits: limits, in: resources)
  }

  package func channelProducts<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, _ b: Tensor<S>, mean: Tensor<S>, in resources: Resources
  ) -> (sums: Tensor<S>, products: Tensor<S>) {
    base.channelProducts(a, passage: passage, b, mean: mean, in: resources)
  }

  package func channelCombination<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, scale: Tensor<S>, _ b: Tensor<S>, mean: Tensor<S>,
    scale slope: Tensor<S>, shift: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    base.channelCombination(
      a, passage: passage, scale: scale, b, mean: mean, scale: slope, shift: shift, in: resources)
  }

  package func read<S>(_ x: Tensor<S>, through layout: StridedLayout, in resources: Resources) -> Tensor<S> {
    base.read(x, through: layout, in: resources)
  }

  package func write<S>(
    _ x: Tensor<S>, to target: inout Tensor<S>, through layout: StridedLayout, in resources: Resources
  ) {
    base.write(x, to: &target, through: layout, in: resources)
  }

  package func rows<S>(_ indices: [Int32], of table: Tensor<S>, in resources: Resources) -> Tensor<S> {
    base.rows(indices, of: table, in: resources)
  }

  package func sums<S>(
    ofRows x: Tensor<S>, by indices: [Int32], classes: Int, in resources: Resources
  ) -> Tensor<S> {
    base.sums(ofRows: x, by: indices, classes: classes, in: resources)
  }

  package func matrixProduct<S>(
    _ a: Tensor<S>, transposed aTransposed: Bool, _ b: Tensor<S>, transposed bTransposed: Bool,
    in resources: Resources
  ) -> Tensor<S> {
    base.matrixProduct(a, transposed: aTransposed, b, transposed: bTransposed, in: resources)
  }

  package func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    base.convolution(x, weight: weight, bias: bias, geometry, in: resources)
  }

  package func convolutionInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    base.convolutionInputGradient(gradient, weight: weight, geometry, input: input, in: resources)
  }

  package func convolutionWeightGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    base.convolutionWeightGradient(gradient, input: input, geometry, in: resources)
  }

  package func convolutionBiasGradient<S>(_ gradient: Tensor<S>, in resources: Resources) -> Tensor<S> {
    base.convolutionBiasGradient(gradient, in: resources)
  }

  package func upsampled<S>(
    _ x: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    base.upsampled(x, kernel: kernel, geometry, in: resources)
  }

  package func upsamplingInputGradient<S>(
    _ gradient: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    base.upsamplingInputGradient(gradient, kernel: kernel, geometry, in: resources)
  }

  package func upsamplingKernelGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    base.upsamplingKernelGradient(gradient, input: input, geometry, in: resources)
  }

  package func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources) -> Tensor<S> {
    base.pooling(x, geometry, in: resources)
  }

  package func poolingGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, output: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources
  ) -> Tensor<S> {
    base.poolingGradient(gradient, input: input, output: output, geometry, in: resources)
  }

  package func recurrence<S>(
    _ gates: consuming Tensor<S>, _ recurrence: Recurrence<S>, in resources: Resources
  ) -> RecurrenceTrace<S> {
    base.recurrence(gates, recurrence, in: resources)
  }

  package func recurrenceGradients<S>(
    _ recurrence: Recurrence<S>, _ trace: RecurrenceTrace<S>, _ upstream: RecurrenceUpstream<S>, needsWeight: Bool,
    in resources: Resources
  ) -> RecurrenceGradients<S> {
    base.recurrenceGradients(recurrence, trace, upstream, needsWeight: needsWeight, in: resources)
  }
}
