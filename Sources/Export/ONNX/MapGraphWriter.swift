import KodamaInference
import KodamaLayers
import KodamaTensors

/// Writes a graph of maps as a graph of ONNX, with a batch of maps in place of one.
///
/// Maps are [batch, C, H, W] there; the input is [batch, H, W, C], or [batch, H, W] of one channel.
struct MapGraphWriter {
  private let graph: MapGraph
  private var builder: GraphBuilder
  private var values: [GraphBuilder.Value] = []

  init(_ graph: MapGraph, name: String) {
    self.graph = graph.folded
    builder = GraphBuilder(name: name)
  }

  /// The graph of ONNX.
  ///
  /// - Parameter outputs: one for each output of the graph.
  mutating func write(
    input: (name: String, about: String), outputs: [MapGraphExport.Output]
  ) -> ONNXGraphProto {
    let shape = graph.inputShape
    let channels: [GraphBuilder.Extent] = shape.last == 1 ? [] : [.fixed(shape.last)]
    let map = builder.input(
      input.name, .float, [.named("batch"), .fixed(shape[1]), .fixed(shape[2])] + channels, about: input.about)
    for node in graph.nodes { values.append(node.operation == .input ? self.map(map) : write(node)) }
    for (value, output) in zip(graph.outputs, outputs) {
      let (type, attributes): (NodeType, [String: GraphBuilder.Attribute]) =
        switch output.finish {
        case .none: (.identity, [:])
        case .softmax: (.softmax, ["axis": .integer(1)])
        case .tanh: (.tanh, [:])
        }
      precondition(graph[value].shape.rank == 2, "an output is a map: \(graph[value].shape)")
      let result = builder.node(output.name, type, [values[value.index]], attributes)
      builder.output(result, [.named("batch"), .fixed(graph[value].shape.last)], about: output.about)
    }
    return builder.graph
  }

  /// The input as a map.
  private mutating func map(_ input: GraphBuilder.Value) -> GraphBuilder.Value {
    if graph.inputShape.last == 1 { return builder.node("map", .unsqueeze, [input, builder.integers([1])]) }
    return builder.node("map", .transpose, [input], ["perm": .integers([0, 3, 1, 2])])
  }

  private mutating func write(_ node: MapGraph.Node) -> GraphBuilder.Value {
    let name = node.name
    switch node.operation {
    case .input: preconditionFailure("a graph has one input")
    case .convolution(let x, let convolution):
      let geometry = convolution.geometry
      var attributes = attributes(geometry.windows, of: graph[x].shape)
      attributes["dilations"] = .integers(geometry.windows.map(\.dilation))
      if let integers = node.integers {
        let operand = IntegerOperand(
          name, integers, convolution.weight.shape, bias: convolution.bias.isEmpty ? nil : convolution.bias)
        return builder.product(.convInteger, value(x), operand, axes: [geometry.outputChannels, 1, 1], attributes)
      }
      attributes["group"] = .integer(geometry.groups)
      var inputs = [value(x), builder.constant(name + ".weight", Constant(convolution.weight))]
      if !convolution.bias.isEmpty {
        inputs.append(
          builder.constant(name + ".bias", Constant(convolution.bias, [convolution.bias.count])))
      }
      return builder.node(name, .conv, inputs, attributes)
    case .affine(let x, let scale, let shift):
      let shape: Shape = [scale.count, 1, 1]
      let factor = builder.constant(name + ".scale", Constant(scale, shape))
      let product = builder.node(name + ".product", .mul, [value(x), factor])
      return builder.node(name, .add, [product, builder.constant(name + ".shift", Constant(shift, shape))])
    case .activation(.relu, let x): return builder.node(name, .relu, [value(x)])
    case .activation(.relu6, let x):
      return builder.node(name, .clip, [value(x), number(0), number(6)])
    case .activation(.silu, let x):
      return builder.node(name, .mul, [value(x), builder.node(name + ".sigmoid", .sigmoid, [value(x)])])
    case .sum(let a, let b): return builder.node(name, .add, [value(a), value(b)])
    case .concatenation(let parts):
      return builder.node(name, .concat, parts.map(value), ["axis": .integer(1)])
    case .pooling(let geometry, let x):
      var attributes = attributes(geometry.windows, of: graph[x].shape)
      guard case .average(let countingPadding) = geometry.kind else {
        attributes["dilations"] = .integers(geometry.windows.map(\.dilation))
        return builder.node(name, .maxPool, [value(x)], attributes)
      }
      precondition(geometry.windows.allSatisfy { $0.dilation == 1 }, "\(name): an average with dilation")
      attributes["count_include_pad"] = .integer(countingPadding ? 1 : 0)
      return builder.node(name, .averagePool, [value(x)], attributes)
    case .average(let x):
      return builder.node(
        name, .flatten, [builder.node(name + ".map", .globalAveragePool, [value(x)])], ["axis": .integer(1)])
    case .linear(let x, let weight, let bias):
      if let integers = node.integers {
        let operand = IntegerOperand(name, integers, weight.shape, bias: bias).transposed
        return builder.product(.matMulInteger, value(x), operand, axes: [weight.shape[0]])
      }
      let inputs = [
        value(x), builder.constant(name + ".weight", Constant(weight)),
        builder.constant(name + ".bias", Constant(bias, [bias.count])),
      ]
      return builder.node(name, .gemm, inputs, ["transB": .integer(1)])
    }
  }

  private func value(_ value: MapGraph.Value) -> GraphBuilder.Value { values[value.index] }

  private mutating func number(_ number: Float) -> GraphBuilder.Value {
    builder.shared("number.\(number)", Constant([number], []))
  }

  /// The attributes that convolutions and poolings have in common.
  private func attributes(_ windows: [SlidingWindow], of input: Shape) -> [String: GraphBuilder.Attribute] {
    let padding = zip(windows, input.extents.dropFirst()).map { $0.padding(ofLength: $1) }
    return [
      "kernel_shape": .integers(windows.map(\.kernelSize)), "strides": .integers(windows.map(\.stride)),
      "pads": .integers(padding.map(\.before) + padding.map(\.after)),
    ]
  }
}

extension IntegerOperand {
  /// The weights of a node.
  fileprivate init(_ name: String, _ integers: MapIntegers, _ shape: Shape, bias: [Float]?) {
    self.init(
      path: name, weights: integers.weights, shape: shape, scales: integers.scales, bias: bias, input: integers.input)
  }
}
