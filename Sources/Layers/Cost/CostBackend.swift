import KodamaCore
import KodamaTensors

/// A backend that computes nothing: it counts the multiply-adds of products and convolutions by layer, and returns
/// zeros of the right shapes.
final class CostBackend: Backend {
  /// The counts of a layer.
  struct Work {
    var multiplyAdds = 0
    var activations = 0
  }

  private struct State {
    /// The layers in the order of their first use.
    var paths: [String] = []
    var work: [String: Work] = [:]
    /// The current layer.
    var current = ""
  }

  private let state = Locked(State())

  /// None: blocks are composed of operators, so that each of their layers is counted.
  let gatedResidualBlocks: (any GatedResidualBackend)? = nil

  /// The layers in the order of their first use.
  var paths: [String] { state.withLock { $0.paths } }

  /// The counts of a layer.
  func work(of path: String) -> Work { state.withLock { $0.work[path] } ?? Work() }

  /// Makes a layer the current one.
  func enter(_ path: String) {
    state.withLock { state in
      state.current = path
      if state.work.updateValue(state.work[path] ?? Work(), forKey: path) == nil { state.paths.append(path) }
    }
  }

  /// Counts a product or convolution, and returns its result.
  private func count<S: Scalar>(_ shape: Shape, multiplyAdds: Int, in resources: Resources) -> Tensor<S> {
    state.withLock { state in
      state.work[state.current, default: Work()].multiplyAdds += multiplyAdds
      state.work[state.current, default: Work()].activations += shape.count
    }
    return Tensor(shape, memory: resources.memory)
  }

  // MARK: Operators with multiply-adds

  func matrixProduct<S>(
    _ a: Tensor<S>, transposed aTransposed: Bool, _ b: Tensor<S>, transposed bTransposed: Bool,
    in resources: Resources
  ) -> Tensor<S> {
    let (first, second) = (a.shape.extents, b.shape.extents)
    let rows = first[first.count - (aTransposed ? 1 : 2)]
    let (inner, columns) = (
      first[first.count - (aTransposed ? 2 : 1)], second[second.count - (bTransposed ? 2 : 1)]
    )
    let outer = Self.broadcast(Shape(first.dropLast(2)), Shape(second.dropLast(2)))
    let shape = Shape(outer.extents + [rows, columns])
    return count(shape, multiplyAdds: shape.count * inner, in: resources)
  }

  func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    guard let shape = geometry.outputShape(of: x.shape) else {
      preconditionFailure("a convolution of \(geometry.windows) gives no output of an input of shape \(x.shape)")
    }
    return count(shape, multiplyAdds: shape.count * Self.products(geometry), in: resources)
  }

  /// A transposed convolution: each of its inputs is multiplied by the whole kernel.
  func convolutionInputGradient<S>(
    _ gradient: Tensor<S>, weight: Tensor<S>, _ geometry: ConvolutionGeometry, input: Shape, in resources: Resources
  ) -> Tensor<S> {
    count(input, multiplyAdds: gradient.shape.count * Self.products(geometry), in: resources)
  }

  func upsampled<S>(
    _ x: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    let shape: Shape = [x.shape[0], geometry.outputs.count, x.shape.last]
    return count(shape, multiplyAdds: shape.count * geometry.taps / geometry.factor, in: resources)
  }

  func recurrence<S>(
    _ gates: consuming Tensor<S>, _ recurrence: Recurrence<S>, in resources: Resources
  ) -> RecurrenceTrace<S> {
    let (inputs, shape) = (gates.shape, gates.shape.replacingLast(recurrence.units))
    let outputs: Tensor<S> = count(shape, multiplyAdds: inputs.count * recurrence.units, in: resources)
    return RecurrenceTrace(gates: gates, outputs: outputs, cells: recurrence.hasCell ? outputs : nil)
  }

  /// The number of products that are summed for an output of a convolution.
  private static func products(_ geometry: ConvolutionGeometry) -> Int {
    geometry.weightShape.count / geometry.outputChannels
  }

  /// The shape that two shapes are broadcast to, which operators have checked.
  private static func broadcast(_ a: Shape, _ b: Shape) -> Shape {
    guard let shape = a.broadcast(with: b) else { preconditionFailure("shapes \(a) and \(b) do not fit") }
    return shape
  }

  // MARK: Operators without multiply-adds

  func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>, in resources: Resources) -> Tensor<S> {
    Tensor(x.shape, memory: resources.memory)
  }

  func unaryGradient<S>(
    _ function: UnaryFunction<S>, x: Tensor<S>, y: Tensor<S>, dy: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    Tensor(x.shape, memory: resources.memory)
  }

  func binary<S>(_ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    Tensor(Self.broadcast(a.shape, b.shape), memory: resources.memory)
  }

  func select<S>(mask: Tensor<S>, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources) -> Tensor<S> {
    Tensor(a.shape, memory: resources.memory)
  }

  func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int], in resources: Resources) -> Tensor<S> {
    var extents = x.shape.extents
    for axis in axes { extents[axis] = 1 }
    return Tensor(Shape(extents), memory: resources.memory)
  }

  func channelMoments<S>(_ x: Tensor<S>, in resources: Resources) -> (mean: Tensor<S>, variance: Tensor<S>) {
    (Tensor([x.shape.last]), Tensor([x.shape.last], repeating: 1))
  }

  func channelTransform<S>(
    _ x: Tensor<S>, scale: Tensor<S>, shift: Tensor<S>, limits: ClosedRange<S>?, in resources: Resources
  ) -> Tensor<S> {
    Tensor(x.shape, memory: resources.memory)
  }

  func read<S>(_ x: Tensor<S>, through layout: StridedLayout, in resources: Resources) -> Tensor<S> {
    Tensor(layout.shape, memory: resources.memory)
  }

  func write<S>(_ x: Tensor<S>, to target: inout Tensor<S>, through layout: StridedLayout, in resources: Resources) {}

  func rows<S>(_ indices: [Int32], of table: Tensor<S>, in resources: Resources) -> Tensor<S> {
    Tensor([indices.count, table.shape.last], memory: resources.memory)
  }

  func sums<S>(ofRows x: Tensor<S>, by indices: [Int32], classes: Int, in resources: Resources) -> Tensor<S> {
    Tensor([classes, x.shape.last], memory: resources.memory)
  }

  func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources) -> Tensor<S> {
    guard let shape = geometry.outputShape(of: x.shape) else {
      preconditionFailure("a pooling of \(geometry.windows) gives no output of an input of shape \(x.shape)")
    }
    return Tensor(shape, memory: resources.memory)
  }

  // MARK: Gradients, which no forward pass uses

  func poolingGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, output: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources
  ) -> Tensor<S> {
    Tensor(input.shape, memory: resources.memory)
  }

  func channelProducts<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, _ b: Tensor<S>, mean: Tensor<S>, in resources: Resources
  ) -> (sums: Tensor<S>, products: Tensor<S>) {
    (Tensor([a.shape.last]), Tensor([a.shape.last]))
  }

  func channelCombination<S>(
    _ a: Tensor<S>, passage: GradientPassage<S>?, scale: Tensor<S>, _ b: Tensor<S>, mean: Tensor<S>,
    scale slope: Tensor<S>, shift: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    Tensor(a.shape, memory: resources.memory)
  }

  func recurrenceGradients<S>(
    _ recurrence: Recurrence<S>, _ trace: RecurrenceTrace<S>, _ upstream: RecurrenceUpstream<S>, needsWeight: Bool,
    in resources: Resources
  ) -> RecurrenceGradients<S> {
    recurrence.zeroGradients(trace, in: resources)
  }

  func convolutionWeightGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    Tensor(geometry.weightShape, memory: resources.memory)
  }

  func convolutionBiasGradient<S>(_ gradient: Tensor<S>, in resources: Resources) -> Tensor<S> {
    Tensor([gradient.shape.last], memory: resources.memory)
  }

  func upsamplingInputGradient<S>(
    _ gradient: Tensor<S>, kernel: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    Tensor([gradient.shape[0], geometry.inputs, gradient.shape.last], memory: resources.memory)
  }

  func upsamplingKernelGradient<S>(
    _ gradient: Tensor<S>, input: Tensor<S>, _ geometry: UpsamplingGeometry, in resources: Resources
  ) -> Tensor<S> {
    Tensor([gradient.shape.last, 1, geometry.taps], memory: resources.memory)
  }
}
