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
    case .integers(.int8, let weights, let scales):
      let operands = integers(x, Self.shifted(weights), shape, layer)
      let sums = builder.node(path + ".sums", .convInteger, operands, causal)
      return rescaled(sums, layer, scales, axes: [layer.outputs, 1])
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
    case .integers(.int8, let weights, let scales):
      let rows = Self.shifted(weights)
      let columns = (0..<inputs).flatMap { input in (0..<layer.outputs).map { rows[$0 * inputs + input] } }
      let operands = integers(x, columns, [inputs, layer.outputs], layer)
      let sums = builder.node(path + ".sums", .matMulInteger, operands)
      return rescaled(sums, layer, scales, axes: [layer.outputs])
    case .bfloat16, .integers: throw ExportFault.precision(layer: path, precision: layer.precision)
    }
  }

  private mutating func bias(of layer: InferenceLayer) -> [GraphBuilder.Value] {
    layer.bias.map { [builder.constant(layer.path + ".bias", Constant($0, [layer.outputs]))] } ?? []
  }

  // Products of integers: y = bias + s_weight · s_input · Σ (w − 128) · (u − zero point). Weights are stored as
  // unsigned bytes around 128, because runtimes may add products of unsigned and signed bytes in 16 bits, which
  // saturate (VPMADDUBSW); those of unsigned bytes are exact everywhere.

  private static let weightZeroPoint: UInt8 = 128

  private static func shifted(_ weights: [Int8]) -> [UInt8] {
    weights.map { UInt8(bitPattern: $0) ^ weightZeroPoint }
  }

  /// The operands of a product of integers: input, weight, and the zero points of both.
  private mutating func integers(
    _ x: GraphBuilder.Value, _ weights: [UInt8], _ shape: Shape, _ layer: InferenceLayer
  ) -> [GraphBuilder.Value] {
    guard let input = layer.input else { preconditionFailure("\(layer.path) has no scale of its input") }
    return [
      integers(x, input), builder.constant(layer.path + ".weight", Constant(weights, shape)),
      zeroPoint(input), builder.shared("weight.zero_point", Constant([Self.weightZeroPoint], [])),
    ]
  }

  /// A value as integers.
  private mutating func integers(_ x: GraphBuilder.Value, _ input: InputQuantization) -> GraphBuilder.Value {
    let key = QuantizedValue(value: x, quantization: input)
    if let value = quantized[key] { return value }
    let name = "\(x.name).quantized.\(quantized.count)"
    let scale = builder.constant(name + ".scale", Constant([input.scale], []))
    let value = builder.node(name, .quantizeLinear, [x, scale, zeroPoint(input)])
    quantized[key] = value
    return value
  }

  private mutating func zeroPoint(_ input: InputQuantization) -> GraphBuilder.Value {
    builder.shared("zero_point.\(input.zeroPoint)", Constant([UInt8(input.zeroPoint)], []))
  }

  /// bias + s_weight · s_input · sums.
  private mutating func rescaled(
    _ sums: GraphBuilder.Value, _ layer: InferenceLayer, _ scales: [Float], axes: Shape
  ) -> GraphBuilder.Value {
    let (path, inputScale) = (layer.path, layer.input?.scale ?? 1)
    let factors = builder.constant(path + ".scale", Constant(scales.map { $0 * inputScale }, axes))
    let floats = builder.node(
      path + ".floats", .cast, [sums], ["to": .integer(ONNXTensorProto.DataType.float.rawValue)])
    guard let numbers = layer.bias else { return builder.node(path, .mul, [floats, factors]) }
    let bias = builder.constant(path + ".bias", Constant(numbers, axes))
    return builder.node(path, .add, [builder.node(path + ".scaled", .mul, [floats, factors]), bias])
  }
}
