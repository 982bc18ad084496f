import CKernels
import KodamaWaveNets

extension PackedLayer {
  /// Writes biases and scales into memory that is 0.
  ///
  /// - Parameter bias: one for each output, or none.
  func packHeader(_ layer: InferenceLayer, bias: [Float], parts: Int, into memory: UnsafeMutableRawPointer) {
    let rows = OutputRows(layer, parts: parts, padded: outputs)
    let floats = memory.assumingMemoryBound(to: Float.self)
    for (row, value) in bias.enumerated() { floats[rows.index(of: row)] = value }
    guard case .int8(_, let scales) = layer.weights, let input = layer.input else { return }
    for (row, scale) in scales.enumerated() { floats[outputs + rows.index(of: row)] = scale * input.scale }
  }

  /// Writes the weights of some taps into memory that is 0.
  ///
  /// - Parameter tileOutputs: the outputs of a whole block of the kernels that will read it.
  func packWeights(
    _ layer: InferenceLayer, parts: Int, taps: Range<Int>, tileOutputs: Int, into memory: UnsafeMutableRawPointer
  ) {
    let rows = OutputRows(layer, parts: parts, padded: outputs)
    var target = memory
    for first in stride(from: 0, to: outputs, by: tileOutputs) {
      let width = min(tileOutputs, outputs - first)
      for tap in taps {
        let block = Block(layer: layer, tap: tap, rows: rows.sources(first..<first + width))
        switch layer.weights {
        case .float32(let values): pack(values, block, perRow: 1, width, &target)
        case .bfloat16(let values): pack(values, block, perRow: 2, width, &target)
        case .int8(let values, _): pack(values, block, perRow: 4, width, &target)
        case .int4(let values, let scales): packGroups(values, scales, block, width, &target)
        }
      }
    }
  }

  /// Some outputs of one tap of a layer.
  private struct Block {
    let layer: InferenceLayer
    let tap: Int
    /// The layer's output at each position; nil where it is padding.
    let rows: [Int?]

    func index(_ output: Int, _ channel: Int) -> Int { (output * layer.channels + channel) * layer.taps + tap }
  }

  /// [inputs / perRow][width][perRow].
  private func pack<T: BitwiseCopyable>(
    _ values: [T], _ block: Block, perRow: Int, _ width: Int, _ target: inout UnsafeMutableRawPointer
  ) {
    let elements = target.assumingMemoryBound(to: T.self)
    for channel in 0..<block.layer.channels {
      for (position, output) in block.rows.enumerated() {
        guard let output else { continue }
        elements[(channel / perRow * width + position) * perRow + channel % perRow] =
          values[block.index(output, channel)]
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
      for (position, output) in block.rows.enumerated() {
        if let output {
          row[position] = scales[(output * layer.taps + block.tap) * groups + group] * inputScale
        }
        for index in 0..<size {
          let channel = group * size + index
          let value = output.map { channel < layer.channels ? values[block.index($0, channel)] : 0 } ?? 0
          let nibble = UInt8(bitPattern: value &+ 8) & 15
          let byte = (index / 8 * width + position) * 4 + index % 4
          bytes[byte] |= index % 8 < 4 ? nibble : nibble << 4
        }
      }
      target += size / 2 * width
    }
  }
}

extension InferenceLayer {
  /// The bias less what the zero point of the inputs adds to the sums.
  var correctedBias: [Double] {
    guard let input else { return bias.map { Double($0) } }
    let (weights, count) = (dequantized, channels * taps)
    return bias.indices.map { row in
      let sum = weights[row * count..<(row + 1) * count].reduce(0.0) { $0 + Double($1) }
      return Double(bias[row]) - Double(input.zeroPoint) * Double(input.scale) * sum
    }
  }
}

/// Where the outputs of a layer stand among the padded ones.
private struct OutputRows {
  private let partOutputs: Int
  private let partWidth: Int

  init(_ layer: InferenceLayer, parts: Int, padded: Int) {
    partOutputs = layer.outputs / parts
    partWidth = padded / parts
  }

  func index(of output: Int) -> Int { output / partOutputs * partWidth + output % partOutputs }

  /// The outputs at a range of indices; nil where there is none.
  func sources(_ indices: Range<Int>) -> [Int?] {
    indices.map { position in
      let index = position % partWidth
      return index < partOutputs ? position / partWidth * partOutputs + index : nil
    }
  }
}
