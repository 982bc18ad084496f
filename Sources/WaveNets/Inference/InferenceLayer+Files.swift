import KodamaCheckpoints
import KodamaLayers
import KodamaTensors

/// The tensors of a layer in a quantized model's file, under its path:
///
/// | precision | `.weight` | `.weight_scale` | `.input_scale` |
/// | --- | --- | --- | --- |
/// | `f32` | F32 [outputs, channels, taps] | | |
/// | `bf16` | BF16 [outputs, channels, taps] | | |
/// | `int8` | I8 [outputs, channels, taps] | F32 [outputs] | F32 [1] |
/// | `int4` | U8 [outputs, taps, ⌈channels / 2⌉] (see `NibblePacking`) | F32 [outputs, taps, groups] | F32 [1] |
///
/// and `.bias`, F32 [outputs], where the architecture has biases.
extension InferenceLayer {
  private enum Suffix {
    static let weight = ".weight"
    static let weightScale = ".weight_scale"
    static let inputScale = ".input_scale"
    static let bias = ".bias"
  }

  /// What a file must hold for the layer of a convolution.
  static func forms(_ convolution: Convolution, _ precision: Precision, hasBias: Bool) -> [TensorForm] {
    let (path, shape) = (convolution.weight.path, convolution.weight.shape)
    let (outputs, channels, taps) = (shape[0], shape[1], shape[2])
    let bias = hasBias ? [TensorForm(path + Suffix.bias, .float32, [outputs])] : []
    let (type, stored): (ElementType, Shape) =
      switch precision {
      case .float32: (.float32, shape)
      case .bfloat16: (.bfloat16, shape)
      case .int8: (.int8, shape)
      case .int4: (.uint8, [outputs, taps, NibblePacking.byteCount(ofRow: channels)])
      }
    let weight = TensorForm(path + Suffix.weight, type, stored)
    if !precision.hasIntegerInputs { return [weight] + bias }
    let scales: Shape = precision == .int8 ? [outputs] : [outputs, taps, groups(channels: channels)]
    return [
      weight, TensorForm(path + Suffix.weightScale, .float32, scales),
      TensorForm(path + Suffix.inputScale, .float32, [1]),
    ] + bias
  }

  /// Reads the layer of a convolution from a file that holds its `forms`.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.notFinite`, `.badElement`.
  init(_ convolution: Convolution, _ precision: Precision, hasBias: Bool, from file: SafetensorsReader) throws {
    let (path, shape) = (convolution.weight.path, convolution.weight.shape)
    let (outputs, channels, taps) = (shape[0], shape[1], shape[2])
    let weightName = path + Suffix.weight
    let weights: Weights
    switch precision {
    case .float32: weights = .float32(try file.finiteTensor(weightName).elements)
    case .bfloat16: weights = .bfloat16(try file.finiteTensor(weightName).elements.map { BFloat16($0).bits })
    case .int8:
      let integers: [Int8] = try file.elements(of: weightName)
      if let index = integers.firstIndex(of: .min) {
        throw CheckpointFault.badElement(
          path: file.path, tensor: weightName, index: index, value: "-128", expected: "from -127 to 127")
      }
      weights = .int8(integers, scales: try Self.scales(path + Suffix.weightScale, in: file))
    case .int4:
      let rows = NibblePacking.unpack(try file.elements(of: weightName), rowLength: channels)
      let scales = try Self.scales(path + Suffix.weightScale, in: file)
      weights = .int4(Self.transposed(rows, outputs, rows: taps, columns: channels), scales: scales)
    }
    let input = try precision.hasIntegerInputs ? Self.scales(path + Suffix.inputScale, in: file)[0] : nil
    self.init(
      path: path, outputs: outputs, channels: channels, taps: taps, weights: weights,
      bias: hasBias ? try file.finiteTensor(path + Suffix.bias).elements : [Float](repeating: 0, count: outputs),
      input: input.map { InputQuantization(scale: $0, zeroPoint: InputQuantization.zeroPoint(ofLayer: path)) })
  }

  /// The layer's tensors for a file.
  func stored(hasBias: Bool) -> [StoredTensor] {
    let shape: Shape = [outputs, channels, taps]
    var tensors = hasBias ? [StoredTensor(path + Suffix.bias, [outputs], bias)] : []
    let name = path + Suffix.weight
    switch weights {
    case .float32(let values): tensors.append(StoredTensor(name, shape, values))
    case .bfloat16(let bits): tensors.append(StoredTensor(name, shape, bits.map { BFloat16(bits: $0) }))
    case .int8(let integers, let scales):
      tensors.append(StoredTensor(name, shape, integers))
      tensors.append(StoredTensor(path + Suffix.weightScale, [outputs], scales))
    case .int4(let integers, let scales):
      let rows = Self.transposed(integers, outputs, rows: channels, columns: taps)
      let bytes = NibblePacking.pack(rows, rowLength: channels)
      tensors.append(StoredTensor(name, [outputs, taps, NibblePacking.byteCount(ofRow: channels)], bytes))
      tensors.append(
        StoredTensor(path + Suffix.weightScale, [outputs, taps, Self.groups(channels: channels)], scales))
    }
    if let input {
      precondition(
        input.zeroPoint == InputQuantization.zeroPoint(ofLayer: path), "\(path): a zero point of \(input.zeroPoint)")
      tensors.append(StoredTensor(path + Suffix.inputScale, [1], [input.scale]))
    }
    return tensors
  }

  /// The bytes of the layer's tensors in a file.
  func storedBytes(hasBias: Bool) -> Int {
    let count = outputs * channels * taps
    let scales = Self.scaleCount(precision, outputs: outputs, channels: channels, taps: taps)
    let weightBytes =
      switch precision {
      case .float32: 4 * count
      case .bfloat16: 2 * count
      case .int8: count
      case .int4: outputs * taps * NibblePacking.byteCount(ofRow: channels)
      }
    let floats = scales + (input == nil ? 0 : 1) + (hasBias ? outputs : 0)
    return weightBytes + floats * MemoryLayout<Float>.stride
  }

  /// Scales: positive and finite.
  private static func scales(_ name: String, in file: SafetensorsReader) throws -> [Float] {
    let scales: [Float] = try file.elements(of: name)
    if let index = scales.firstIndex(where: { !($0 > 0 && $0.isFinite) }) {
      throw CheckpointFault.badElement(
        path: file.path, tensor: name, index: index, value: "\(scales[index])", expected: "positive and finite")
    }
    return scales
  }

  /// `count` matrices [rows, columns], each transposed.
  private static func transposed(_ numbers: [Int8], _ count: Int, rows: Int, columns: Int) -> [Int8] {
    let size = rows * columns
    return (0..<count).flatMap { matrix in
      (0..<size).map { numbers[matrix * size + $0 % rows * columns + $0 / rows] }
    }
  }
}

extension InputQuantization {
  /// The zero point of a layer's inputs: those of the head's layers are rectified, all others have both signs.
  public static func zeroPoint(ofLayer path: String) -> Int { path.hasPrefix("head.") ? 0 : 128 }
}
