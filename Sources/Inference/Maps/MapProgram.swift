import CKernels
import KodamaLayers
import KodamaTensors

/// A graph compiled for this processor: steps with their packed weights, and the places of all maps in the memory of an
/// engine. What follows a convolution or transform and needs no memory of its own, a sum and a limit, is part of its step.
///
/// Maps have a frame of zeros as wide as the padding of the convolutions that read them, so that no window crosses an
/// edge.
public struct MapProgram: Sendable {
  /// The place of a map [H, W, C] in the memory of an engine; in numbers.
  struct Map: Sendable, Equatable {
    let height, width, channels: Int
    /// The rows and columns of zeros around it.
    var top = 0, bottom = 0, left = 0, right = 0
    /// The first number of the frame.
    var offset = 0

    /// From one row to the next.
    var line: Int { (left + width + right) * channels }
    /// With the frame.
    var count: Int { (top + height + bottom) * line }
    func place(row: Int, column: Int) -> Int { offset + (row + top) * line + (column + left) * channels }
  }

  /// The limits that results are clamped to.
  struct Limits: Sendable, Equatable {
    var (lower, upper) = (-Float.infinity, Float.infinity)

    init() {}

    /// Those that an activation is; nil for others.
    init?(_ activation: Activation) {
      guard let limits = activation.limits else { return nil }
      (lower, upper) = (Float(limits.lowerBound), Float(limits.upperBound))
    }
  }

  /// A convolution, or a linear layer as one of a map of one position.
  struct Product: Sendable {
    /// The weights, packed as the kernels of this processor take them.
    enum Weights: Sendable {
      case dense(Tensor<Float>, bias: [Float])
      case depthwise(Tensor<Float>, bias: [Float])
      case integers(MapIntegerWeights)

      var isDepthwise: Bool { if case .depthwise = self { true } else { false } }
    }

    /// The layer's path.
    let name: String
    let windows: Windows
    let weights: Weights
    /// The map that is added; nil for none.
    var added: Int?
    var limits = Limits()
  }

  /// The windows of a convolution over its input.
  struct Windows: Sendable {
    let kernel, stride, dilation, padding: (rows: Int, columns: Int)

    /// - Parameter input: [1, H, W, C].
    init(_ windows: [SlidingWindow], input: Shape) {
      let (rows, columns) = (windows[0], windows[1])
      kernel = (rows.kernelSize, columns.kernelSize)
      stride = (rows.stride, columns.stride)
      dilation = (rows.dilation, columns.dilation)
      padding = (rows.padding(ofLength: input[1]).before, columns.padding(ofLength: input[2]).before)
    }
  }

  enum Operation: Sendable {
    case product(Product)
    case affine(scale: [Float], shift: [Float], Limits)
    case activation(Activation)
    case sum(Limits)
    case concatenation
    case pooling(PoolingGeometry.Kind, Windows)
    case average
  }

  struct Step: Sendable {
    var operation: Operation
    /// The maps that it reads, without an added one.
    let inputs: [Int]
    let output: Int
  }

  let steps: [Step]
  /// The first is the input.
  let maps: [Map]
  let outputs: [Int]
  /// Numbers in the memory of an engine.
  let count: Int
  /// Of the kernels that run it.
  let instructionSet: InstructionSet

  /// Compiles a graph.
  ///
  /// - Parameter instructionSet: of the kernels.
  /// - Precondition: convolutions have one group, or as many as channels.
  public init(_ graph: MapGraph, instructionSet: InstructionSet = .current) {
    self.instructionSet = instructionSet
    var compiler = MapCompiler(graph.folded, instructionSet)
    compiler.compile()
    (steps, maps, outputs, count) = (compiler.steps, compiler.maps, compiler.outputs, compiler.count)
  }
}

/// The compilation of a graph.
private struct MapCompiler {
  private let graph: MapGraph
  private let kernels: kodama_kernels_f32
  private let generation: kodama_generation
  private let uses: [Int]
  private(set) var steps: [MapProgram.Step] = []
  private(set) var maps: [MapProgram.Map] = []
  private(set) var count = 0
  /// The map of each value; values that one step computes have one map.
  private var places: [Int] = []
  /// The step that writes each map; nil for the input.
  private var writers: [Int?] = []

  init(_ graph: MapGraph, _ instructionSet: InstructionSet) {
    (self.graph, uses) = (graph, graph.uses)
    (kernels, generation) = (instructionSet.kernels.pointee, instructionSet.generation.pointee)
  }

  var outputs: [Int] { graph.outputs.map { places[$0.index] } }

  mutating func compile() {
    for node in graph.nodes { places.append(place(of: node)) }
    layOut()
  }

  /// The map of a node, for which a step is added unless another step computes it on the way.
  private mutating func place(of node: MapGraph.Node) -> Int {
    switch node.operation {
    case .input: return map(node.shape, writer: nil)
    case .convolution(let x, let convolution):
      let windows = MapProgram.Windows(convolution.geometry.windows, input: graph[x].shape)
      return step(.product(product(node, convolution, windows)), [x], node.shape)
    case .linear(let x, let weight, let bias):
      let one = SlidingWindow(1)
      let geometry = ConvolutionGeometry(
        inputChannels: weight.shape[1], outputChannels: weight.shape[0], windows: [one, one])
      let convolution = MapConvolution(
        geometry: geometry, weight: weight.reshaped(geometry.weightShape), bias: bias)
      return step(
        .product(product(node, convolution, MapProgram.Windows([one, one], input: [1, 1, 1, weight.shape[1]]))), [x],
        node.shape)
    case .affine(let x, let scale, let shift):
      return step(.affine(scale: scale, shift: shift, MapProgram.Limits()), [x], node.shape)
    case .activation(let function, let x):
      if let limits = MapProgram.Limits(function), uses[x.index] == 1, limit(places[x.index], to: limits) {
        return places[x.index]
      }
      return step(.activation(function), [x], node.shape)
    case .sum(let a, let b):
      for (own, other) in [(a, b), (b, a)] where uses[own.index] == 1 && add(places[other.index], to: places[own.index])
      {
        return places[own.index]
      }
      return step(.sum(MapProgram.Limits()), [a, b], node.shape)
    case .concatenation(let parts): return step(.concatenation, parts, node.shape)
    case .pooling(let geometry, let x):
      return step(
        .pooling(geometry.kind, MapProgram.Windows(geometry.windows, input: graph[x].shape)), [x], node.shape)
    case .average(let x): return step(.average, [x], node.shape)
    }
  }

  private mutating func map(_ shape: Shape, writer: Int?) -> Int {
    let isMap = shape.rank == 4
    maps.append(
      MapProgram.Map(height: isMap ? shape[1] : 1, width: isMap ? shape[2] : 1, channels: shape.last))
    writers.append(writer)
    return maps.count - 1
  }

  private mutating func step(_ operation: MapProgram.Operation, _ inputs: [MapGraph.Value], _ shape: Shape) -> Int {
    let output = map(shape, writer: steps.count)
    steps.append(MapProgram.Step(operation: operation, inputs: inputs.map { places[$0.index] }, output: output))
    return output
  }

  /// Lets the step that writes a map limit it; false where it cannot.
  private mutating func limit(_ map: Int, to limits: MapProgram.Limits) -> Bool {
    guard let writer = writers[map] else { return false }
    let none = MapProgram.Limits()
    switch steps[writer].operation {
    case .product(var product) where product.limits == none:
      product.limits = limits
      steps[writer].operation = .product(product)
    case .affine(let scale, let shift, none):
      steps[writer].operation = .affine(scale: scale, shift: shift, limits)
    case .sum(none): steps[writer].operation = .sum(limits)
    default: return false
    }
    return true
  }

  /// Lets the step that writes a map add another one, which is known before; false where it cannot.
  private mutating func add(_ other: Int, to map: Int) -> Bool {
    guard let writer = writers[map], (writers[other] ?? -1) < writer,
      case .product(var product) = steps[writer].operation,
      !product.weights.isDepthwise, product.added == nil, product.limits == MapProgram.Limits()
    else { return false }
    product.added = other
    steps[writer].operation = .product(product)
    return true
  }

  private func product(
    _ node: MapGraph.Node, _ convolution: MapConvolution, _ windows: MapProgram.Windows
  ) -> MapProgram.Product {
    let geometry = convolution.geometry
    let isDepthwise = geometry.isDepthwise
    precondition(isDepthwise || geometry.groups == 1, "a convolution of \(geometry.groups) groups")
    if let integers = node.integers {
      let weights = MapIntegerWeights(integers, convolution, tileOutputs: generation.tile_outputs)
      return MapProgram.Product(name: node.name, windows: windows, weights: .integers(weights))
    }
    let packing = geometry.packing((kernels.block_outputs, kernels.vector_outputs))
    let count = withUnsafePointer(to: packing) { kodama_packed_count($0) }
    let weight = convolution.weight.withUnsafeBuffer { source in
      Tensor<Float>([count]) { target in
        withUnsafePointer(to: packing) {
          kodama_pack(MemoryLayout<Float>.stride, $0, source.baseAddress, target.baseAddress)
        }
      }
    }
    return MapProgram.Product(
      name: node.name, windows: windows,
      weights: isDepthwise ? .depthwise(weight, bias: convolution.bias) : .dense(weight, bias: convolution.bias))
  }

  // MARK: Memory

  /// Gives every map its frame and its place. Maps of one form whose times of use do not overlap share memory, and with
  /// it the zeros of their frames.
  private mutating func layOut() {
    var last = [Int](repeating: 0, count: maps.count)
    for (index, step) in steps.enumerated() {
      for input in step.inputs { last[input] = index }
      if case .product(let product) = step.operation {
        let (input, output) = (step.inputs[0], maps[step.output])
        if let added = product.added { last[added] = index }
        maps[input].makeRoom(for: product.windows, outputs: (output.height, output.width))
      }
    }
    for output in outputs { last[output] = steps.count }
    var free: [MapProgram.Map: [Int]] = [:]
    func form(_ map: MapProgram.Map) -> MapProgram.Map {
      var form = map
      form.offset = 0
      return form
    }
    maps[0].offset = take(form(maps[0]), &free)
    for (index, step) in steps.enumerated() {
      maps[step.output].offset = take(form(maps[step.output]), &free)
      for map in Set(step.inputs + (step.added.map { [$0] } ?? [])) where last[map] == index {
        free[form(maps[map]), default: []].append(maps[map].offset)
      }
    }
  }

  private mutating func take(_ form: MapProgram.Map, _ free: inout [MapProgram.Map: [Int]]) -> Int {
    if let offset = free[form]?.popLast() { return offset }
    defer { count += (form.count + 15) / 16 * 16 }
    return count
  }
}

extension MapProgram.Map: Hashable {
  /// Widens the frame to the windows of a convolution.
  fileprivate mutating func makeRoom(for windows: MapProgram.Windows, outputs: (rows: Int, columns: Int)) {
    func after(_ outputs: Int, _ stride: Int, _ kernel: Int, _ dilation: Int, _ padding: Int, _ length: Int) -> Int {
      (outputs - 1) * stride + (kernel - 1) * dilation + 1 - padding - length
    }
    top = max(top, windows.padding.rows)
    left = max(left, windows.padding.columns)
    bottom = max(
      bottom,
      after(
        outputs.rows, windows.stride.rows, windows.kernel.rows, windows.dilation.rows, windows.padding.rows, height))
    right = max(
      right,
      after(
        outputs.columns, windows.stride.columns, windows.kernel.columns, windows.dilation.columns,
        windows.padding.columns, width))
  }
}

extension MapProgram.Step {
  /// The map that is added; nil for none.
  var added: Int? { if case .product(let product) = operation { product.added } else { nil } }
}
