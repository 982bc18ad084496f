import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

/// The tensors of a layer in a quantized model's file, under its path:
///
/// | precision | `.weight` | `.weight_scale` | `.input_scale` |
/// | --- | --- | --- | --- |
/// | `f32` | F32 [outputs, channels, taps] | | |
/// | `bf16` | BF16 [outputs, channels, taps] | | |
/// | `int8` | I8 [outputs, channels, taps] | BF16 [outputs] | F32 [1] |
/// | `int4` | U8 [outputs, taps, ⌈channels / 2⌉] (see `BitPacking`) | BF16 [outputs, taps, groups] | F32 [1] |
/// | `ternary` | U8 [outputs, taps, ⌈channels / 4⌉] | BF16 [outputs] | F32 [1] |
/// | `binary` | U8 [outputs, taps, ⌈channels / 8⌉] | BF16 [outputs] | F32 [1] |
///
/// and `.bias`, F32 [outputs], of layers that have biases. Scales of weights, and biases of layers that are not `f32`,
/// are BF16 where that holds them exactly, and F32 elsewhere.
///
/// Where blocks of weights in `bf16` or `int8` are 0 and a file without them is smaller, three tensors take the place of
/// `.weight`: `.weight_blocks` [blocks, 16, 4] of the same type, each the weights of 16 outputs and 4 channels at one tap;
/// `.block_counts`, I16 [⌈outputs / 16⌉], the blocks of each 16 outputs; and `.block_places`, I16 [blocks], the place of
/// each block, tap · ⌈channels / 4⌉ + channel / 4, ascending within each 16 outputs.
extension InferenceLayer {
  private enum Suffix {
    static let weight = ".weight"
    static let weightScale = ".weight_scale"
    static let inputScale = ".input_scale"
    static let bias = ".bias"
  }

  /// The type and shape of a layer's weights in a file.
  private static func stored(_ precision: Precision, _ form: Form) -> (type: ElementType, shape: Shape) {
    if precision.isPacked {
      return (.uint8, [form.outputs, form.taps, BitPacking(precision).byteCount(ofRow: form.channels)])
    }
    let type: ElementType = precision.hasIntegerInputs ? .int8 : precision == .bfloat16 ? .bfloat16 : .float32
    return (type, [form.outputs, form.channels, form.taps])
  }

  /// The shape of a layer's scales in a file.
  private static func scaleShape(_ precision: Precision, _ form: Form) -> Shape {
    precision.hasGroups ? [form.outputs, form.taps, Precision.groups(channels: form.channels)] : [form.outputs]
  }

  /// What a file must contain for a layer.
  ///
  /// - Parameter file: which tells whether blocks are left out.
  package static func forms(
    _ layer: Form, _ precision: Precision, in file: SafetensorsReader
  ) -> [TensorForm] {
    let path = layer.path
    let bias =
      layer.hasBias ? [TensorForm(path + Suffix.bias, precision == .float32 ? .float32 : nil, [layer.outputs])] : []
    let stored = stored(precision, layer)
    let blocks = precision.leavesOutBlocks ? blockForms(layer, stored.type, in: file) : nil
    let weights = blocks ?? [TensorForm(path + Suffix.weight, stored.type, stored.shape)]
    if !precision.hasIntegerInputs { return weights + bias }
    return weights + [
      TensorForm(path + Suffix.weightScale, nil, scaleShape(precision, layer)),
      TensorForm(path + Suffix.inputScale, nil, [1]),
    ] + bias
  }

  /// Reads a layer from a file that contains its `forms`.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.notFinite`, `.badElement`.
  package init(_ layer: Form, _ precision: Precision, zeroPoint: Int, from file: SafetensorsReader) throws {
    let (path, weightName) = (layer.path, layer.path + Suffix.weight)
    let weights: Weights
    switch precision {
    case .float32: weights = .float32(try file.finiteTensor(weightName).elements)
    case .bfloat16:
      weights = .bfloat16(
        try Self.elements(layer, zero: 0, in: file) { try file.finiteTensor($0).elements.map { BFloat16($0).bits } })
    case _ where precision.isPacked:
      let rows = BitPacking(precision).unpack(try file.elements(of: weightName), rowLength: layer.channels)
      // Two bits have room for an integer that is none of three.
      if let range = precision.weightRange, let index = rows.firstIndex(where: { !range.contains(Int($0)) }) {
        let (row, channel) = index.quotientAndRemainder(dividingBy: layer.channels)
        throw CheckpointFault.badElement(
          path: file.path, tensor: weightName,
          index: row * BitPacking(precision).byteCount(ofRow: layer.channels) + channel * precision.bits / 8,
          value: "with a weight of \(rows[index])",
          expected: "from \(range.lowerBound) to \(range.upperBound)")
      }
      weights = .integers(
        precision, Self.transposed(rows, layer.outputs, rows: layer.taps, columns: layer.channels),
        scales: try Self.scales(path + Suffix.weightScale, in: file))
    default:
      let integers: [Int8] = try Self.elements(layer, zero: 0, in: file) { name in
        let integers: [Int8] = try file.elements(of: name)
        if let range = precision.weightRange, let index = integers.firstIndex(where: { !range.contains(Int($0)) }) {
          throw CheckpointFault.badElement(
            path: file.path, tensor: name, index: index, value: "\(integers[index])",
            expected: "from \(range.lowerBound) to \(range.upperBound)")
        }
        return integers
      }
      weights = .integers(precision, integers, scales: try Self.scales(path + Suffix.weightScale, in: file))
    }
    let input = try precision.hasIntegerInputs ? Self.scales(path + Suffix.inputScale, in: file)[0] : nil
    self.init(
      path: path, outputs: layer.outputs, channels: layer.channels, taps: layer.taps, weights: weights,
      bias: layer.hasBias ? try file.finiteTensor(path + Suffix.bias).elements : nil,
      input: input.map { InputQuantization(scale: $0, zeroPoint: zeroPoint) })
  }

  /// The weights of a layer, [outputs, channels, taps], whether or not blocks are left out.
  private static func elements<Weight>(
    _ layer: Form, zero: Weight, in file: SafetensorsReader, read: (_ name: String) throws -> [Weight]
  ) throws -> [Weight] {
    let blocks = layer.path + BlockSuffix.weights
    if file.shape(of: blocks) == nil { return try read(layer.path + Suffix.weight) }
    let (counts, places) = try blockPlaces(layer, in: file)
    return BlockGrid(layer).join(
      BlockGrid.Split(counts: counts, places: places, weights: try read(blocks)), zero: zero)
  }

  /// The tensors of weights, without blocks that are 0 where that saves bytes.
  private func stored<Weight, Element: StoredElement & Sendable>(
    _ weights: [Weight], zero: Weight, isZero: (Weight) -> Bool, as element: (Weight) -> Element
  ) -> [StoredTensor] {
    guard let split = BlockGrid(form).split(weights, zero: zero, isZero: isZero) else {
      return [StoredTensor(path + Suffix.weight, Self.stored(precision, form).shape, weights.map(element))]
    }
    let shape: Shape = [split.places.count, BlockGrid.extents.outputs, BlockGrid.extents.channels]
    return [
      StoredTensor(path + BlockSuffix.weights, shape, split.weights.map(element)),
      StoredTensor(path + BlockSuffix.counts, [split.counts.count], split.counts),
      StoredTensor(path + BlockSuffix.places, [split.places.count], split.places),
    ]
  }

  /// The layer's tensors for a file.
  package var stored: [StoredTensor] {
    let shape = Self.stored(precision, form).shape
    var tensors =
      bias.map { [StoredTensor(floats: $0, path + Suffix.bias, [outputs], inSinglePrecision: precision == .float32)] }
      ?? []
    let name = path + Suffix.weight
    switch weights {
    case .float32(let values): tensors.append(StoredTensor(name, shape, values))
    case .bfloat16(let bits):
      tensors += stored(bits, zero: 0, isZero: { $0 & 0x7fff == 0 }, as: { BFloat16(bits: $0) })
    case .integers(let precision, let integers, let scales):
      if precision.isPacked {
        let rows = Self.transposed(integers, outputs, rows: channels, columns: taps)
        tensors.append(StoredTensor(name, shape, BitPacking(precision).pack(rows, rowLength: channels)))
      } else {
        tensors += stored(integers, zero: 0, isZero: { $0 == 0 }, as: { $0 })
      }
      tensors.append(StoredTensor(floats: scales, path + Suffix.weightScale, Self.scaleShape(precision, form)))
    }
    if let input { tensors.append(StoredTensor(path + Suffix.inputScale, [1], [input.scale])) }
    return tensors
  }

  /// The bytes of the layer's tensors in a file.
  package var storedBytes: Int { stored.reduce(0) { $0 + $1.byteCount } }

  /// Scales: positive and finite.
  static func scales(_ name: String, in file: SafetensorsReader) throws -> [Float] {
    let scales = try file.tensor(name).elements
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

extension StoredTensor {
  /// Numbers in BF16 where that holds all of them exactly, else, or where that is asked for, in F32.
  init(floats: [Float], _ name: String, _ shape: Shape, inSinglePrecision isSingle: Bool = false) {
    if !isSingle && floats.allSatisfy({ BFloat16($0).float == $0 }) {
      self.init(name, shape, floats.map { BFloat16($0) })
    } else {
      self.init(name, shape, floats)
    }
  }
}

extension Precision {
  /// Whether blocks of weights that are 0 are left out of files. Models in single precision are for other programs too.
  fileprivate var leavesOutBlocks: Bool { self != .float32 && !isPacked }
}
