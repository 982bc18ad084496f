import KodamaInference
import KodamaTensors

/// How a product is written: what its precision and the kind of graph make of it.
extension StepGraphWriter {
  /// A layer over all time steps, with zeros before the first: [B, I, T] → [B, O, T].
  mutating func convolution(
    _ x: GraphBuilder.Value, _ layer: InferenceLayer, dilation: Int
  ) throws -> GraphBuilder.Value {
    let (path, shape) = (layer.path, Shape([layer.outputs, layer.channels, layer.taps]))
    let causal: [String: GraphBuilder.Attribute] = [
      "dilations": .integers([dilation]), "pads": .integers([(layer.taps - 1) * dilation, 0]),
    ]
    switch layer.weights {
    case .float32(let weights):
      let weight = builder.constant(path + ".weight", Constant(weights, shape))
      return builder.node(path, .conv, [x, weight] + bias(of: layer), causal)
    case .integers(let precision, let weights, let scales) where !precision.hasGroups:
      return builder.product(
        .convInteger, x, IntegerOperand(layer, weights, scales, shape), axes: [layer.outputs, 1], causal)
    case .bfloat16, .integers: throw ExportFault.precision(layer: path, precision: layer.precision)
    }
  }

  /// A layer at one step, whose taps are side by side, the tap varying faster than the channel:
  /// [B, I · K] → [B, O].
  mutating func product(_ x: GraphBuilder.Value, _ layer: InferenceLayer) throws -> GraphBuilder.Value {
    let (path, inputs) = (layer.path, layer.channels * layer.taps)
    switch layer.weights {
    case .float32(let weights):
      let weight = builder.constant(path + ".weight", Constant(weights, [layer.outputs, inputs]))
      return builder.node(path, .gemm, [x, weight] + bias(of: layer), ["transB": .integer(1)])
    case .integers(let precision, let weights, let scales) where !precision.hasGroups:
      let operand = IntegerOperand(layer, weights, scales, [layer.outputs, inputs]).transposed
      return builder.product(.matMulInteger, x, operand, axes: [layer.outputs])
    case .bfloat16, .integers: throw ExportFault.precision(layer: path, precision: layer.precision)
    }
  }

  private mutating func bias(of layer: InferenceLayer) -> [GraphBuilder.Value] {
    layer.bias.map { [builder.constant(layer.path + ".bias", Constant($0, [layer.outputs]))] } ?? []
  }
}

extension IntegerOperand {
  /// The weights of a layer of 8 bits.
  fileprivate init(_ layer: InferenceLayer, _ weights: [Int8], _ scales: [Float], _ shape: Shape) {
    guard let input = layer.input else { preconditionFailure("\(layer.path) has no scale of its input") }
    self.init(path: layer.path, weights: weights, shape: shape, scales: scales, bias: layer.bias, input: input)
  }
}
