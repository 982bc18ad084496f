import KodamaInference
import KodamaTensors

/// The integers that a product takes beside its input.
struct IntegerOperand {
  let path: String
  /// In row-major order of the shape.
  let weights: [Int8]
  let shape: Shape
  /// One for each output.
  let scales: [Float]
  /// One for each output; nil for none.
  let bias: [Float]?
  /// How the input becomes integers.
  let input: InputQuantization

  /// A matrix [O, I] as [I, O].
  var transposed: IntegerOperand {
    let (rows, columns) = (shape[0], shape[1])
    let elements = (0..<columns).flatMap { column in (0..<rows).map { weights[$0 * columns + column] } }
    return IntegerOperand(
      path: path, weights: elements, shape: [columns, rows], scales: scales, bias: bias, input: input)
  }
}

// Products of integers: y = bias + s_weight · s_input · Σ (w − 128) · (u − zero point). Weights are stored as unsigned
// bytes around 128, because runtimes may add products of unsigned and signed bytes in 16 bits, which saturate
// (VPMADDUBSW); those of unsigned bytes are exact everywhere.
extension GraphBuilder {
  private static let weightZeroPoint: UInt8 = 128

  /// A product by an operator of integers.
  ///
  /// - Parameter axes: the shape that the scale and the bias of the outputs have beside the result.
  mutating func product(
    _ type: NodeType, _ x: Value, _ operand: IntegerOperand, axes: Shape, _ attributes: [String: Attribute] = [:]
  ) -> Value {
    let (path, input) = (operand.path, operand.input)
    let weights = operand.weights.map { UInt8(bitPattern: $0) ^ Self.weightZeroPoint }
    let operands = [
      integers(x, input), constant(path + ".weight", Constant(weights, operand.shape)), zeroPoint(input),
      shared("weight.zero_point", Constant([Self.weightZeroPoint], [])),
    ]
    let sums = node(path + ".sums", type, operands, attributes)
    let factors = constant(path + ".scale", Constant(operand.scales.map { $0 * input.scale }, axes))
    let floats = node(path + ".floats", .cast, [sums], ["to": .integer(ONNXTensorProto.DataType.float.rawValue)])
    guard let numbers = operand.bias else { return node(path, .mul, [floats, factors]) }
    let bias = constant(path + ".bias", Constant(numbers, axes))
    return node(path, .add, [node(path + ".scaled", .mul, [floats, factors]), bias])
  }

  /// A value as integers.
  private mutating func integers(_ x: Value, _ input: InputQuantization) -> Value {
    let key = QuantizedValue(value: x, quantization: input)
    if let value = quantized[key] { return value }
    let name = "\(x.name).quantized.\(quantized.count)"
    let scale = constant(name + ".scale", Constant([input.scale], []))
    let value = node(name, .quantizeLinear, [x, scale, zeroPoint(input)])
    quantized[key] = value
    return value
  }

  private mutating func zeroPoint(_ input: InputQuantization) -> Value {
    shared("zero_point.\(input.zeroPoint)", Constant([UInt8(input.zeroPoint)], []))
  }
}
