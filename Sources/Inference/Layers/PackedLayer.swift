import CKernels
import KodamaCore
import KodamaLayers

/// The sizes of a layer as the kernels read it: a header of biases and scales, the weights of the past taps, and those
/// of the present one, each at an address of its own, in the layout that `Generation.h` documents.
package struct PackedLayer: Sendable {
  /// Numbers in a vector of the kernels: outputs are padded to whole vectors.
  package static let lanes = Int(KODAMA_LANES)

  /// Outputs, padded to whole vectors.
  package let outputs: Int
  /// Inputs of one tap, padded to whole rows.
  package let tapInputs: Int
  /// Taps before the present one.
  package let pastTaps: Int
  /// Bytes of biases and scales: [outputs] biases, then of integers without groups [outputs] scales.
  package let headerBytes: Int
  /// Bytes of the weights of one tap.
  package let tapBytes: Int

  /// - Parameter parts: equal runs of outputs that are padded each for itself.
  package init(_ layer: InferenceLayer, parts: Int = 1) {
    let precision = layer.precision
    outputs = parts * (layer.outputs / parts).roundedUp(toMultipleOf: Self.lanes)
    tapInputs = layer.channels.roundedUp(toMultipleOf: precision.inputMultiple)
    pastTaps = layer.taps - 1
    let row = outputs * MemoryLayout<Float>.stride
    // Each row has 32 bits of every output.
    let groups = precision.hasGroups ? tapInputs / Precision.groupSize : 0
    tapBytes = (tapInputs * precision.productBits / 32 + groups) * row
    headerBytes = precision.hasIntegerInputs && !precision.hasGroups ? 2 * row : row
  }

  /// The offset of the scales in the header.
  package var scalesOffset: Int { outputs * MemoryLayout<Float>.stride }
  /// The inputs of the past taps together.
  package var pastInputs: Int { pastTaps * tapInputs }
}

extension PackedLayer {
  /// Writes biases and scales into memory that is 0.
  ///
  /// - Parameter bias: one for each output, or none.
  package func packHeader(_ layer: InferenceLayer, bias: [Float], parts: Int, into memory: UnsafeMutableRawPointer) {
    let rows = OutputRows(layer, parts: parts, padded: outputs)
    let floats = memory.assumingMemoryBound(to: Float.self)
    for (row, value) in bias.enumerated() { floats[rows.index(of: row)] = value }
    guard case .integers(let precision, _, let scales) = layer.weights, !precision.hasGroups, let input = layer.input
    else { return }
    for (row, scale) in scales.enumerated() { floats[outputs + rows.index(of: row)] = scale * input.scale }
  }

  /// Writes the weights of some taps into memory that is 0.
  ///
  /// - Parameter tileOutputs: the outputs of a whole tile of the kernels that will read it.
  package func packWeights(
    _ layer: InferenceLayer, parts: Int, taps: Range<Int>, tileOutputs: Int, into memory: UnsafeMutableRawPointer
  ) {
    let rows = OutputRows(layer, parts: parts, padded: outputs)
    var target = memory
    for first in stride(from: 0, to: outputs, by: tileOutputs) {
      let width = min(tileOutputs, outputs - first)
      for tap in taps {
        let tile = Tile(layer: layer, tap: tap, rows: rows.sources(first..<first + width))
        switch layer.weights {
        case .float32(let values): pack(values, tile, width, &target)
        case .bfloat16(let values): pack(values, tile, width, &target)
        case .integers(let precision, let values, let scales):
          if precision.hasGroups {
            packGroups(values, scales, tile, width, &target)
          } else {
            pack(values, tile, width, &target)
          }
        }
      }
    }
  }

  /// Some outputs of one tap of a layer.
  private struct Tile {
    let layer: InferenceLayer
    let tap: Int
    /// The layer's output at each position; nil where it is padding.
    let rows: [Int?]

    func index(_ output: Int, _ channel: Int) -> Int { (output * layer.channels + channel) * layer.taps + tap }
  }

  /// [inputs / perRow][width][perRow].
  private func pack<T: BitwiseCopyable>(
    _ values: [T], _ tile: Tile, _ width: Int, _ target: inout UnsafeMutableRawPointer
  ) {
    let perRow = MemoryLayout<Float>.stride / MemoryLayout<T>.stride
    let elements = target.assumingMemoryBound(to: T.self)
    for channel in 0..<tile.layer.channels {
      for (position, output) in tile.rows.enumerated() {
        guard let output else { continue }
        elements[(channel / perRow * width + position) * perRow + channel % perRow] =
          values[tile.index(output, channel)]
      }
    }
    target += tapInputs * width * MemoryLayout<T>.stride
  }

  /// For each group a row of scales, then rows [width][4] of bytes that hold the weights of inputs 4 apart, the first
  /// in the lowest bits.
  private func packGroups(
    _ values: [Int8], _ scales: [Float], _ tile: Tile, _ width: Int, _ target: inout UnsafeMutableRawPointer
  ) {
    let (layer, size) = (tile.layer, Precision.groupSize)
    let packing = BitPacking(bits: layer.precision.bits)
    let rowInputs = 32 / layer.precision.bits
    let inputScale = layer.input?.scale ?? 1
    for group in 0..<Precision.groups(channels: layer.channels) {
      let row = target.assumingMemoryBound(to: Float.self)
      target += width * MemoryLayout<Float>.stride
      let bytes = target.assumingMemoryBound(to: UInt8.self)
      for (position, output) in tile.rows.enumerated() {
        if let output {
          row[position] =
            scales[layer.scaleIndex(output: output, channel: group * size, tap: tile.tap)] * inputScale
        }
        for index in 0..<size {
          let channel = group * size + index
          let value = output.map { channel < layer.channels ? values[tile.index($0, channel)] : 0 } ?? 0
          let byte = (index / rowInputs * width + position) * 4 + index % 4
          bytes[byte] |= packing.encode(value) << (index % rowInputs / 4 * packing.bits)
        }
      }
      target += size * packing.bits / 8 * width
    }
  }
}

extension InferenceLayer {
  /// The bias less what the zero point of the inputs adds to the sums.
  package var correctedBias: [Double] {
    let bias = bias.map { $0.map { Double($0) } } ?? [Double](repeating: 0, count: outputs)
    guard let input else { return bias }
    let (weights, count) = (dequantized, channels * taps)
    return bias.indices.map { row in
      let sum = weights[row * count..<(row + 1) * count].reduce(0.0) { $0 + Double($1) }
      return bias[row] - Double(input.zeroPoint) * Double(input.scale) * sum
    }
  }
}

/// The positions of a layer's outputs among the padded ones.
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
