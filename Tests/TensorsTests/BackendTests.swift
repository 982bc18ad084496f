import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// A backend that counts what it is asked for and leaves the work to another: operators run on it unchanged.
private final class CountingBackend: Backend {
  private let base = ProcessorBackend()
  private let calls = Locked<[String: Int]>([:])

  var counts: [String: Int] { calls.withLock { $0 } }

  private func count(_ call: String) { calls.withLock { $0[call, default: 0] += 1 } }

  func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>, in resources: Resources) -> Tensor<S> {
    count("unary")
    return base.unary(function, x, in: resources)
  }

  func unaryGradient<S>(
    _ function: UnaryFunction<S>, x: Tensor<S>, y: Tensor<S>, dy: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    count("unaryGradient")
    return base.unaryGradient(function, x: x, y: y, dy: dy, in: resources)
  }

  func binary<S>(_ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    count("binary")
    return base.binary(operation, a, b, in: resources)
  }

  func select<S>(mask: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    count("select")
    return base.select(mask: mask, a, b, in: resources)
  }

  func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int], in resources: Resources) -> Tensor<S> {
    count("reduce")
    return base.reduce(reduction, x, axes: axes, in: resources)
  }

  func channelMoments<S>(_ x: Tensor<S>, in resources: Resources) -> (mean: Tensor<S>, variance: Tensor<S>) {
    count("channelMoments")
    return base.channelMoments(x, in: resources)
  }

  func channelTransform<S>(
    _ x: Tensor<S>, scale: Tensor<S>, shift: Tensor<S>, limits: ClosedRange<S>?, in resources: Resources
  ) -> Tensor<S> {
    count("channelTransform")
    return base.channelTransform(x, scale: scale, shift: shift, limits: limits, in: resources)
  }

  func channelProducts<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, _ b: Tensor<S>, mean: Tensor<S>, in resources: Resources
  ) -> (sums: Tensor<S>, products: Tensor<S>) {
    count("channelProducts")
    return base.channelProducts(a, passage: passage, b, mean: mean, in: resources)
  }

  func channelCombination<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, scale: Tensor<S>, _ b: Tensor<S>, mean: Tensor<S>,
    scale slope: Tensor<S>, shift: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    count("channelCombination")
    return base.channelCombination(
      a, passage: passage, scale: scale, b, mean: mean, scale: slope, shift: shift, in: resources)
  }

  func read<S>(_ x: Tensor<S>, through layout: StridedLayout, in resources: Resources) -> Tensor<S> {
    count("read")
    return base.read(x, through: layout, in: resources)
  }

  func write<S>(_ x: Tensor<S>, to target: inout Tensor<S>, through layout: StridedLayout, in resources: Resources) {
    count("write")
    base.write(x, to: &target, through: layout, in: resources)
  }

  func rows<S>(_ indices: [Int32], of table: Tensor<S>, in resources: Resources) -> Tensor<S> {
    count("rows")
    return base.rows(indices, of: table, in: resources)
  }

  func sums<S>(ofRows x: Tensor<S>, by indices: [Int32], classes: Int, in resources: Resources) -> Tensor<S> {
    count("sums")
    return base.sums(ofRows: x, by: indices, classes: classes, in: resources)
  }

  func matrixProduct<S>(
    _ a: Tensor<S>, transposed aTransposed: Bool, _ b: Tensor<S>, transposed bTransposed: Bool,
    in resources: Resources
  ) -> Tensor<S> {
    count("matrixProduct")
    return base.matrixProduct(a, transposed: aTransposed, b, transposed: bTransposed, in: resources)
  }

  func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    count("convolution")
    return base.convolution(x, weight: weight, bias: bias, geometry, in: resources)
  }

  func convolutionInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    count("convolutionInputGradient")
    return base.convolutionInputGradient(gradient, weight: weight, geometry, input: input, in: resources)
  }

  func convolutionWeightGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    count("convolutionWeightGradient")
    return base.convolutionWeightGradient(gradient, input: input, geometry, in: resources)
  }

  func convolutionBiasGradient<S>(_ gradient: Tensor<S>, in resources: Resources) -> Tensor<S> {
    count("convolutionBiasGradient")
    return base.convolutionBiasGradient(gradient, in: resources)
  }

  func upsampled<S>(
    _ x: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    count("upsampled")
    return base.upsampled(x, kernel: kernel, geometry, in: resources)
  }

  func upsamplingInputGradient<S>(
    _ gradient: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    count("upsamplingInputGradient")
    return base.upsamplingInputGradient(gradient, kernel: kernel, geometry, in: resources)
  }

  func upsamplingKernelGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    count("upsamplingKernelGradient")
    return base.upsamplingKernelGradient(gradient, input: input, geometry, in: resources)
  }

  var gatedResidualBlocks: (any GatedResidualBackend)? { base.gatedResidualBlocks }

  func recurrence<S>(
    _ gates: consuming Tensor<S>, _ recurrence: Recurrence<S>, in resources: Resources
  ) -> RecurrenceTrace<S> {
    count("recurrence")
    return base.recurrence(gates, recurrence, in: resources)
  }

  func recurrenceGradients<S>(
    _ recurrence: Recurrence<S>, _ trace: RecurrenceTrace<S>, _ upstream: RecurrenceUpstream<S>, needsWeight: Bool,
    in resources: Resources
  ) -> RecurrenceGradients<S> {
    count("recurrenceGradients")
    return base.recurrenceGradients(recurrence, trace, upstream, needsWeight: needsWeight, in: resources)
  }

  func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources) -> Tensor<S> {
    count("pooling")
    return base.pooling(x, geometry, in: resources)
  }

  func poolingGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, output: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources
  ) -> Tensor<S> {
    count("poolingGradient")
    return base.poolingGradient(gradient, input: input, output: output, geometry, in: resources)
  }
}

@Suite struct BackendTests {
  /// A perceptron with a normalized hidden layer: forward, and backward to its two matrices.
  private func gradients(_ tape: Tape<Float>, freezing isFrozen: Bool = false) -> [Tensor<Float>?] {
    var generator = Philox(seed: 1)
    func random(_ shape: Shape) -> Tensor<Float> {
      Tensor(shape, (0..<shape.count).map { _ in Float(generator.normal()) })
    }
    let (x, first, second) = (random([8, 5]), random([5, 6]), random([6, 3]))
    let weights = [isFrozen ? tape.constant(first) : tape.leaf(first), tape.leaf(second)]
    let hidden = tape.constant(x).matrixProduct(weights[0])
    let centered = hidden - hidden.mean(axes: [1], keepingAxes: true)
    let normalized = centered / (centered.squared().mean(axes: [1], keepingAxes: true) + 1e-5).squareRoot()
    let output = normalized.gelu().matrixProduct(weights[1]).logSoftmax()
    let found = tape.backward(from: output.sliced(axis: 1, 0..<1).mean())
    return weights.map { found[$0] }
  }

  @Test func operatorsRunOnAnyBackend() {
    let backend = CountingBackend()
    let counted = gradients(Tape(workspace: Workspace(workers: .serial, backend: backend)))
    let expected = gradients(Tape())
    #expect(counted == expected && expected.allSatisfy { $0 != nil })
    for call in ["unary", "unaryGradient", "binary", "reduce", "read", "write", "matrixProduct"] {
      #expect(backend.counts[call, default: 0] > 0, "\(call)")
    }
    // Forward, and backward to each weight and to the hidden layer.
    #expect(backend.counts["matrixProduct"] == 5)
  }

  /// Nothing is computed for the sake of a constant: neither its own gradient nor what only leads to it.
  @Test func aConstantCostsNoGradient() {
    let backend = CountingBackend()
    let counted = gradients(Tape(workspace: Workspace(workers: .serial, backend: backend)), freezing: true)
    #expect(counted[0] == nil && counted[1] == gradients(Tape())[1])
    #expect(backend.counts["matrixProduct"] == 3)
    #expect(backend.counts["unaryGradient"] == nil)
  }
}
