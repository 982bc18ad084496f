import KodamaCore
import KodamaLayers
import KodamaTensors

extension MapGraph {
  /// The graph of what a network computes from a map in inference.
  ///
  /// - Parameters:
  ///   - parameters: those of the network.
  ///   - shape: of the map, [1, H, W, C].
  ///   - forward: the pass; its results become the outputs.
  /// - Precondition: the network consists of the operators of graphs.
  public init(
    of parameters: Parameters<Float>, input shape: Shape,
    _ forward: (Variable<Float>, Pass<Float>) -> [Variable<Float>]
  ) {
    precondition(shape.rank == 4 && shape[0] == 1, "a graph takes one map, not shape \(shape)")
    var names: [Int: String] = [:]
    for name in parameters.names {
      names[MapTracer.address(parameters[name])] = name.split(separator: ".").dropLast().joined(separator: ".")
    }
    let tracer = MapTracer(names)
    let pass = Pass(
      parameters, phase: .inference, workspace: Workspace(workers: .serial, backend: tracer))
    let input = Tensor<Float>(shape)
    tracer.record(.input, input, name: "map")
    let outputs = forward(pass.tape.constant(input), pass).map { tracer.value($0.value) }
    self.init(nodes: tracer.nodes, outputs: outputs)
  }
}

/// A backend that writes down which operators are applied to the input of a network and to what comes of it. Tensors are
/// told apart by their memory, which is kept while the pass lasts.
private final class MapTracer: ForwardingBackend {
  private struct State {
    var nodes: [MapGraph.Node] = []
    /// The values by the address of their memory.
    var values: [Int: MapGraph.Value] = [:]
    /// Sums over positions, which become means.
    var sums: [Int: MapGraph.Value] = [:]
    var kept: [any Sendable] = []
  }

  let base = Workspace(workers: .serial).backend
  private let state = Locked(State())
  /// The layers of parameters by the address of their memory.
  private let names: [Int: String]

  init(_ names: [Int: String]) { self.names = names }

  var nodes: [MapGraph.Node] { state.withLock { $0.nodes } }

  static func address<S>(_ tensor: Tensor<S>) -> Int {
    tensor.withUnsafeBuffer { Int(bitPattern: $0.baseAddress) }
  }

  /// The value that a tensor is; nil for a constant.
  private func known<S>(_ tensor: Tensor<S>) -> MapGraph.Value? {
    let address = Self.address(tensor)
    return state.withLock { $0.values[address] }
  }

  /// The value that a tensor is.
  func value<S>(_ tensor: Tensor<S>) -> MapGraph.Value {
    guard let value = known(tensor) else {
      preconditionFailure("a network on maps has an operator that its graph has no form for")
    }
    return value
  }

  /// Adds a node whose result is a tensor.
  func record<S>(_ operation: MapGraph.Operation, _ result: Tensor<S>, name: String? = nil) {
    let address = Self.address(result)
    state.withLock { state in
      let node = MapGraph.Node(
        operation: operation, shape: result.shape, name: name ?? "\(operation.kind).\(state.nodes.count)")
      state.nodes.append(node)
      state.values[address] = MapGraph.Value(index: state.nodes.count - 1)
      state.kept.append(result)
    }
  }

  private func numbers<S>(_ tensor: Tensor<S>) -> [Float] {
    precondition(
      known(tensor) == nil, "a network on maps multiplies values of its input, which its graph has no form for")
    return tensor.converted(to: Float.self).elements
  }

  // MARK: Operators

  // What comes of the input is never read, so that nothing of it is computed: it has a shape and an address.

  private func result<S>(_ shape: Shape) -> Tensor<S> { Tensor(undefined: shape, memory: nil) }

  func convolution<S>(
    _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>?, _ geometry: ConvolutionGeometry, in resources: Resources
  ) -> Tensor<S> {
    guard let input = known(x), let shape = geometry.outputShape(of: x.shape) else {
      return base.convolution(x, weight: weight, bias: bias, geometry, in: resources)
    }
    let result: Tensor<S> = result(shape)
    let (bias, name) = (bias.map(numbers) ?? [], names[Self.address(weight)])
    let numbers = Tensor(weight.shape, numbers(weight))
    if geometry.windows.count == 2 {
      record(
        .convolution(input, MapConvolution(geometry: geometry, weight: numbers, bias: bias)), result, name: name)
      return result
    }
    // A linear layer, a convolution over rows.
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    precondition(
      geometry.kernelSize == 1 && geometry.groups == 1
        && state.withLock { $0.nodes[input.index].shape == [1, inputs] },
      "a linear layer of \(inputs) inputs that is not of one mean of a map")
    record(
      .linear(
        input, weight: numbers.reshaped([outputs, inputs]),
        bias: bias.isEmpty ? [Float](repeating: 0, count: outputs) : bias),
      result.reshaped([1, outputs]), name: name)
    return result
  }

  func channelTransform<S>(
    _ x: Tensor<S>, scale: Tensor<S>, shift: Tensor<S>, limits: ClosedRange<S>?, in resources: Resources
  ) -> Tensor<S> {
    guard let input = known(x) else {
      return base.channelTransform(x, scale: scale, shift: shift, limits: limits, in: resources)
    }
    precondition(limits == nil, "a limited transform of a map in inference")
    let result: Tensor<S> = result(x.shape)
    record(.affine(input, scale: numbers(scale), shift: numbers(shift)), result)
    return result
  }

  func unary<S>(_ function: UnaryFunction<S>, _ x: Tensor<S>, in resources: Resources) -> Tensor<S> {
    guard let input = known(x), let activation = function.activation else {
      return base.unary(function, x, in: resources)
    }
    let result: Tensor<S> = result(x.shape)
    record(.activation(activation, input), result)
    return result
  }

  func binary<S>(
    _ operation: BinaryOperation, _ a: Tensor<S>, _ b: Tensor<S>, in resources: Resources
  ) -> Tensor<S> {
    let (address, first, second) = (Self.address(a), known(a), known(b))
    if operation == .add, let first, let second, a.shape == b.shape {
      let result: Tensor<S> = result(a.shape)
      record(.sum(first, second), result)
      return result
    }
    if operation == .multiply, b.count == 1, let input = state.withLock({ $0.sums[address] }) {
      let shape = state.withLock { $0.nodes[input.index].shape }
      precondition(numbers(b) == [1 / Float(shape[1] * shape[2])], "a sum over positions that is not a mean")
      let result: Tensor<S> = result(a.shape)
      record(.average(input), result.reshaped([1, shape.last]))
      return result
    }
    return base.binary(operation, a, b, in: resources)
  }

  func reduce<S>(_ reduction: Reduction, _ x: Tensor<S>, axes: [Int], in resources: Resources) -> Tensor<S> {
    guard reduction == .sum, x.shape.rank == 4, axes == [1, 2], let input = known(x) else {
      return base.reduce(reduction, x, axes: axes, in: resources)
    }
    let result: Tensor<S> = result([x.shape[0], 1, 1, x.shape.last])
    let address = Self.address(result)
    state.withLock { state in
      state.sums[address] = input
      state.kept.append(result)
    }
    return result
  }

  func pooling<S>(_ x: Tensor<S>, _ geometry: PoolingGeometry, in resources: Resources) -> Tensor<S> {
    guard let input = known(x), let shape = geometry.outputShape(of: x.shape) else {
      return base.pooling(x, geometry, in: resources)
    }
    let result: Tensor<S> = result(shape)
    record(.pooling(geometry, input), result)
    return result
  }

  /// Concatenation writes its parts one after the other into a tensor that has no value yet.
  func write<S>(_ x: Tensor<S>, to target: inout Tensor<S>, through layout: StridedLayout, in resources: Resources) {
    guard let part = known(x), target.shape.rank == 4 else {
      return base.write(x, to: &target, through: layout, in: resources)
    }
    let former = known(target)
    var parts = [part]
    if let former, case .concatenation(let before) = state.withLock({ $0.nodes[former.index].operation }) {
      parts = before + parts
    }
    let channels = parts.reduce(0) { sum, part in sum + state.withLock { $0.nodes[part.index].shape.last } }
    // The channels before this part are those of the parts before it.
    precondition(
      layout.offset == channels - x.shape.last && layout.strides[3] == 1
        && layout.shape.extents.dropLast() == target.shape.extents.dropLast(),
      "a part of a map is written to where its graph has no form for")
    guard let former else { return record(.concatenation(parts), target) }
    state.withLock { $0.nodes[former.index].operation = .concatenation(parts) }
  }
}

extension MapGraph.Operation {
  /// A word for names.
  fileprivate var kind: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .affine: "affine"
    case .activation: "activation"
    case .sum: "sum"
    case .concatenation: "concatenation"
    case .pooling: "pooling"
    case .average: "average"
    case .linear: "linear"
    }
  }
}

extension UnaryFunction {
  /// The activation of layers that the function is; nil for others.
  fileprivate var activation: Activation? {
    switch self {
    case .leakyReLU(slope: 0): .relu
    case .clamp(0, 6): .relu6
    case .silu: .silu
    default: nil
    }
  }
}
