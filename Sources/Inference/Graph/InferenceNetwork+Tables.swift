import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

/// The tensors of a table in a file, under its name: F32 [rows, channels]; or in a quantized model, where every row is a
/// multiple of integers of 8 bits by a number in bfloat16, I8 [rows, channels] and, with `_scale` behind the name, BF16
/// [rows]; or BF16 where that holds all numbers exactly.
enum TableFile {
  private static let scaleSuffix = "_scale"

  /// What a file must contain for a table.
  static func forms(_ table: ParameterDeclaration, in file: SafetensorsReader) -> [TensorForm] {
    let scale = table.name + scaleSuffix
    if file.shape(of: scale) == nil { return [TensorForm(table.name, nil, table.shape)] }
    return [TensorForm(table.name, .int8, table.shape), TensorForm(scale, nil, [table.shape[0]])]
  }

  /// Reads a table from a file that contains its `forms`.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.notFinite`, `.badElement`.
  static func read(_ table: ParameterDeclaration, from file: SafetensorsReader) throws -> Tensor<Float> {
    let scale = table.name + scaleSuffix
    if file.shape(of: scale) == nil { return try file.finiteTensor(table.name) }
    let scales = try InferenceLayer.scales(scale, in: file)
    let (integers, channels): ([Int8], Int) = (try file.elements(of: table.name), table.shape[1])
    return Tensor(table.shape, integers.indices.map { Float(integers[$0]) * scales[$0 / channels] })
  }

  /// The tensors of a table.
  ///
  /// - Parameter isQuantized: whether it belongs to a quantized model.
  static func stored(_ name: String, _ table: Tensor<Float>, isQuantized: Bool) -> [StoredTensor] {
    if !isQuantized { return [StoredTensor(name, table)] }
    let values = table.elements
    let channels = table.shape[1]
    let rows = stride(from: 0, to: values.count, by: channels).map { Array(values[$0..<$0 + channels]) }
    let scales = rows.compactMap(exactScale)
    if scales.count < rows.count { return [StoredTensor(floats: values, name, table.shape)] }
    let integers = values.indices.map { Int8(values[$0] / scales[$0 / channels]) }
    return [
      StoredTensor(name, table.shape, integers), StoredTensor(floats: scales, name + scaleSuffix, [rows.count]),
    ]
  }

  /// The largest scale in bfloat16 of which all numbers are exact multiples by integers of 8 bits; nil where there is none.
  private static func exactScale(of row: [Float]) -> Float? {
    let largest = row.reduce(0) { max($0, abs($1)) }
    if largest == 0 { return 1 }
    for size in 1...127 {
      let scale = largest / Float(size)
      if !scale.isNormal || BFloat16(scale).float != scale { continue }
      if row.allSatisfy({ ($0 / scale).rounded() * scale == $0 }) { return scale }
    }
    return nil
  }
}
