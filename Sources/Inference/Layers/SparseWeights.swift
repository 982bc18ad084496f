import CKernels
import KodamaCore

/// The weights of some taps of a layer without the blocks that are 0, as the sparse kernels read them (see
/// `Generation.h`).
package struct SparseWeights: Sendable {
  /// Weights of a block.
  package static let blockSize = Int(KODAMA_LANES) * Int(KODAMA_BLOCK_INPUTS)

  /// For each vector of outputs the number of its blocks, then the place of each.
  package let index: [UInt16]
  /// The rows of all blocks, `KODAMA_ROW_BYTES` each.
  package let rows: [UInt8]
  /// The blocks that are not 0, of how many.
  package let (blocks, allBlocks): (Int, Int)

  /// - Parameters:
  ///   - parts: as of the packed layer.
  ///   - taps: the taps that one part of a product has side by side.
  ///   - isPaired: whether blocks of eight bits are paired.
  /// - Returns: nil where there are no kernels for it: of 4 bits, for inputs that blocks do not divide, or for more of
  ///   them than the index can name, or of eight bits than kernels have room for.
  package init?(_ layer: InferenceLayer, _ form: PackedLayer, parts: Int, taps: Range<Int>, isPaired: Bool) {
    let (bits, blockInputs) = (layer.precision.productBits, Int(KODAMA_BLOCK_INPUTS))
    let places = taps.count * form.tapInputs / blockInputs
    if taps.isEmpty {
      (index, rows, blocks, allBlocks) = ([], [], 0, 0)
      return
    }
    let limit = bits == 8 ? Int(KODAMA_BLOCK_PLACES) : Int(UInt16.max)
    if layer.precision.hasGroups || form.tapInputs % blockInputs != 0 || places > limit { return nil }
    // In tiles of one vector the rows of a block lie together.
    let blockBytes = blockInputs * bits / 32 * Int(KODAMA_ROW_BYTES)
    let size = max(1, taps.count * form.tapBytes)
    let dense = AlignedMemory.allocate(bytes: size)
    defer { AlignedMemory.deallocate(dense, bytes: size) }
    dense.initializeMemory(as: UInt8.self, repeating: 0, count: size)
    form.packWeights(layer, parts: parts, taps: taps, tileOutputs: PackedLayer.lanes, into: dense)
    var (index, rows, count) = ([UInt16](), [UInt8](), 0)
    for group in 0..<form.outputs / PackedLayer.lanes {
      let start = index.count
      index.append(0)
      for place in 0..<places {
        let block = UnsafeRawBufferPointer(
          start: dense + (group * places + place) * blockBytes, count: blockBytes)
        if block.allSatisfy({ $0 == 0 }) { continue }
        index.append(UInt16(place))
        if isPaired && bits == 8 { rows += Self.paired(block) } else { rows.append(contentsOf: block) }
      }
      index[start] = UInt16(index.count - start - 1)
      count += index.count - start - 1
    }
    (self.index, self.rows) = (index, rows)
    (blocks, allBlocks) = (count, places * form.outputs / PackedLayer.lanes)
  }

  /// A block of eight bits, [16 outputs][4 inputs], as [2][8 outputs][2 inputs] integers of 16 bits: each weight plus 256
  /// times that of the output 8 further.
  private static func paired(_ block: UnsafeRawBufferPointer) -> [UInt8] {
    let (inputs, outputs) = (Int(KODAMA_BLOCK_INPUTS), PackedLayer.lanes / 2)
    func weight(_ output: Int, _ input: Int) -> Int { Int(Int8(bitPattern: block[inputs * output + input])) }
    var bytes: [UInt8] = []
    for first in stride(from: 0, to: inputs, by: 2) {
      for output in 0..<outputs {
        for input in first..<first + 2 {
          let both = UInt16(bitPattern: Int16(weight(output, input) + 256 * weight(output + outputs, input)))
          withUnsafeBytes(of: both) { bytes += $0 }
        }
      }
    }
    return bytes
  }
}
