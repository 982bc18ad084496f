import CKernels
import KodamaCore

/// The weights of some taps of a layer without the blocks that are 0, as the sparse kernels read them (see
/// `Generation.h`).
package struct SparseWeights: Sendable {
  /// For each vector of outputs the number of its blocks, then the place of each.
  package let index: [UInt16]
  /// The rows of all blocks, `KODAMA_ROW_BYTES` each.
  package let rows: [UInt8]
  /// The blocks that are not 0, of how many.
  package let (blocks, allBlocks): (Int, Int)

  /// - Parameters:
  ///   - parts: as of the packed layer.
  ///   - taps: the taps that one part of a product has side by side.
  /// - Returns: nil where there are no kernels for it: of 4 bits, for inputs that blocks do not divide, or for more of
  ///   them than the index can name.
  package init?(_ layer: InferenceLayer, _ form: PackedLayer, parts: Int, taps: Range<Int>) {
    let (bits, blockInputs) = (layer.precision.productBits, Int(KODAMA_BLOCK_INPUTS))
    let places = taps.count * form.tapInputs / blockInputs
    if taps.isEmpty {
      (index, rows, blocks, allBlocks) = ([], [], 0, 0)
      return
    }
    if layer.precision.hasGroups || form.tapInputs % blockInputs != 0 || places > Int(UInt16.max) { return nil }
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
        rows.append(contentsOf: block)
      }
      index[start] = UInt16(index.count - start - 1)
      count += index.count - start - 1
    }
    (self.index, self.rows) = (index, rows)
    (blocks, allBlocks) = (count, places * form.outputs / PackedLayer.lanes)
  }
}
