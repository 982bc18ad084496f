import CKernels
import KodamaWaveNets

extension PackedLayer {
  /// Writes a layer into memory that is 0.
  ///
  /// - Parameters:
  ///   - memory: the beginning of the layer, `byteCount` bytes.
  ///   - blockOutputs: the outputs of a whole block of the kernels that will read it.
  func pack(_ layer: InferenceLayer, parts: Int, blockOutputs: Int, into memory: UnsafeMutableRawPointer) {
    let rows = OutputRows(layer, parts: parts, padded: outputs)
    let (bias, scales) = biasAndScales(layer)
    let floats = memory.assumingMemoryBound(to: Float.self)
    for row in 0..<layer.outputs {
      floats[rows.place(of: row)] = bias[row]
      if precision == .int8 { floats[scalesOffset / 4 + rows.place(of: row)] = scales[row] }
    }
    let taps = 0..<layer.taps
    packWeights(layer, rows, taps: taps.dropLast(), blockOutputs: blockOutputs, into: memory + pastOffset)
    packWeights(layer, rows, taps: taps.suffix(1), blockOutputs: blockOutputs, into: memory + presentOffset)
  }

  /// The bias less what the zero point of the inputs adds, and the scales of integer sums.
  private func biasAndScales(_ layer: InferenceLayer) -> (bias: [Float], scales: [Float]) {
    guard let input = layer.input else { return (layer.bias, []) }
    let dequantized = layer.dequantized
    let rowCount = layer.channels * layer.taps
    let bias = (0..<layer.outputs).map { row in
      let sum = dequantized[row * rowCount..<(row + 1) * rowCount].reduce(0.0) { $0 + Double($1) }
      return Float(Double(layer.bias[row]) - Double(input.zeroPoint) * Double(input.scale) * sum)
    }
    guard case .int8(_, let scales) = layer.weights else { return (bias, []) }
    return (bias, scales.map { $0 * input.scale })
  }

  private func packWeights(
    _ layer: InferenceLayer, _ rows: OutputRows, taps: Range<Int>, blockOutputs: Int,
    into memory: UnsafeMutableRawPointer
  ) {
    var target = memory
    for first in stride(from: 0, to: outputs, by: blockOutputs) {
      let width = min(blockOutputs, outputs - first)
      for tap in taps {
        let block = Block(layer: layer, tap: tap, rows: rows.sources(first..<first + width))
        switch layer.weights {
        case .float32(let values): pack(values, block, perRow: 1, width, &target) { $0 }
        case .bfloat16(let values): pack(values, block, perRow: 2, width, &target) { $0 }
        case .int8(let values, _): pack(values, block, perRow: 4, width, &target) { $0 }
        case .int4(let values, let scales): packGroups(values, scales, block, width, &target)
        }
      }
    }
  }

  /// Some outputs of one tap of a layer.
  private struct Block {
    let layer: InferenceLayer
    let tap: Int
    /// The layer's output at each place; nil where it is padding.
    let rows: [Int?]

    func index(_ output: Int, _ channel: Int) -> Int { (output * layer.channels + channel) * layer.taps + tap }
  }

  /// [inputs / perRow][width][perRow].
  private func pack<T: BitwiseCopyable>(
    _ values: [T], _ block: Block, perRow: Int, _ width: Int, _ target: inout UnsafeMutableRawPointer,
    _ convert: (T) -> T
  ) {
    let elements = target.assumingMemoryBound(to: T.self)
    for channel in 0..<block.layer.channels {
      for (place, output) in block.rows.enumerated() {
        guard let output else { continue }
        elements[(channel / perRow * width + place) * perRow + channel % perRow] =
          convert(values[block.index(output, channel)])
      }
    }
    target += tapInputs * width * MemoryLayout<T>.stride
  }

  /// For each group a row of scales, then [group / 8][width][4] bytes of two weights.
  private func packGroups(
    _ values: [Int8], _ scales: [Float], _ block: Block, _ width: Int, _ target: inout UnsafeMutableRawPointer
  ) {
    let (layer, size) = (block.layer, InferenceLayer.groupSize)
    let groups = InferenceLayer.groups(channels: layer.channels)
    let inputScale = layer.input?.scale ?? 1
    for group in 0..<groups {
      let row = target.assumingMemoryBound(to: Float.self)
      target += width * MemoryLayout<Float>.stride
      let bytes = target.assumingMemoryBound(to: UInt8.self)
      for (place, output) in block.rows.enumerated() {
        if let output {
          row[place] = scales[(output * layer.taps + block.tap) * groups + group] * inputScale
        }
        for index in 0..<size {
          let channel = group * size + index
          let value = output.map { channel < layer.channels ? values[block.index($0, channel)] : 0 } ?? 0
          let nibble = UInt8(bitPattern: value &+ 8) & 15
          let byte = (index / 8 * width + place) * 4 + index % 4
          bytes[byte] |= index % 8 < 4 ? nibble : nibble << 4
        }
      }
      target += size / 2 * width
    }
  }
}

/// Where the outputs of a layer stand among the padded ones.
private struct OutputRows {
  private let partOutputs: Int
  private let partWidth: Int
  private let outputs: Int

  init(_ layer: InferenceLayer, parts: Int, padded: Int) {
    outputs = layer.outputs
    partOutputs = layer.outputs / parts
    partWidth = padded / parts
  }

  func place(of output: Int) -> Int { output / partOutputs * partWidth + output % partOutputs }

  /// The outputs at a range of places; nil where there is none.
  func sources(_ places: Range<Int>) -> [Int?] {
    places.map { place in
      let index = place % partWidth
      return index < partOutputs ? place / partWidth * partOutputs + index : nil
    }
  }
}
