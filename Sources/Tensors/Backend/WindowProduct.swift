import CKernels

/// The product of the elements under windows with a packed weight, group by group: a dense convolution, or one phase of
/// the gradient of its input. Outputs are computed in blocks of positions whose operands fit the second-level cache.
struct WindowProduct: Sendable {
  let windows: kodama_windows
  let positions: kodama_places
  let batch: Int
  let groups: Int
  /// Channels of a group under the windows.
  let channels: Int
  /// The weight of a group.
  let packing: kodama_packing

  /// The maximum number of positions in a block: enough to reuse each part of the weight often, few enough for the
  /// first-level cache.
  private static let rowsPerBlock = 96
  private static let fewestRows = 24
  /// The maximum number of elements in the runs of a block, so that copies of them fit the second-level cache.
  private static let elementsPerBlock = 1 << 17
  /// The maximum number of blocks in a part; fewer for a small convolution, so that all threads have work.
  private static let blocksPerPart = 8
  private static let fewestParts = 32

  private var length: Int { max(1, withUnsafePointer(to: windows) { kodama_taps_of_run($0, channels) } * channels) }
  private var runs: Int { windows.kernel_height * windows.kernel_width * channels / length }
  private var rows: Int {
    let fitting = Self.elementsPerBlock / max(1, runs * length)
    return max(Self.fewestRows, min(Self.rowsPerBlock, fitting / Self.fewestRows * Self.fewestRows))
  }
  /// The number of positions of all samples.
  private var count: Int { batch * positions.rows * positions.columns }
  private var outputs: Int { packing.outputs }
  /// Elements of the packed weight of a group.
  var packedCount: Int { withUnsafePointer(to: packing) { kodama_packed_count($0) } }
  /// Blocks of positions.
  var blocks: Int { (count + rows - 1) / rows }

  /// The packed weight of all groups, starting at element `first`; successive groups are `groupStride` elements apart.
  func packed<S: Scalar>(
    _ weight: Tensor<S>, first: Int = 0, groupStride: Int, in resources: Resources
  ) -> Tensor<S> {
    var result = Tensor<S>(undefined: [groups, packedCount], memory: resources.memory)
    let (source, target, count) = (weight.region, result.mutable, packedCount)
    withUnsafePointer(to: packing) {
      for group in 0..<groups {
        kodama_pack(
          MemoryLayout<S>.stride, $0, source.base + first + group * groupStride, target.base + group * count)
      }
    }
    return result
  }

  /// Computes the products and writes them to their positions.
  func multiply<S: Scalar>(
    _ source: Region<S>, _ packed: Region<S>, bias: Region<S>?, to target: MutableRegion<S>, in resources: Resources
  ) {
    let perPart = max(1, min(Self.blocksPerPart, blocks / Self.fewestParts))
    let streams = ProcessorBackend.isWrittenPastCaches(target.count)
    resources.workers.forEach(parts: (blocks + perPart - 1) / perPart) { part in
      withScratch(S.self, in: resources) { scratch in
        for block in part * perPart..<min(blocks, (part + 1) * perPart) {
          let rows = positions(ofBlock: block)
          for group in 0..<groups {
            let runs = scratch.findRuns(self, group: group, rows, of: source)
            let out = scratch.findPlaces(self, rows, of: target.base + group * outputs)
            S.primitives.multiplyRuns(
              runs, outputs: outputs, packed.base + group * packedCount, bias: bias.map { $0.base + group * outputs },
              finish: nil, out, scratch: scratch.sums, streams: streams)
          }
        }
      }
    }
  }

  /// Adds the contributions of some blocks of positions to the packed sums of all groups; `gradient` is that of all
  /// positions of a whole map.
  func addOuterProducts<S: Scalar>(
    blocks: Range<Int>, _ source: Region<S>, gradient: UnsafePointer<S>, to sums: UnsafeMutablePointer<S>,
    in resources: Resources
  ) {
    withScratch(S.self, in: resources) { scratch in
      for block in blocks {
        let rows = positions(ofBlock: block)
        for group in 0..<groups {
          let runs = scratch.findRuns(self, group: group, rows, of: source)
          S.primitives.addOuterProducts(
            runs, outputs: outputs, gradient + rows.lowerBound * positions.channels + group * outputs,
            stride: positions.channels, scratch: scratch.sums, sums + group * packedCount)
        }
      }
    }
  }

  private func positions(ofBlock block: Int) -> Range<Int> { block * rows..<min(count, (block + 1) * rows) }

  /// The scratch memory of one thread for one block.
  private struct Scratch<S: Scalar> {
    let starts: UnsafeMutablePointer<UnsafeRawPointer?>
    let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer?>
    let copies: UnsafeMutablePointer<S>
    /// Sums, or gradients, of the outputs of a block.
    let sums: UnsafeMutablePointer<S>

    func findRuns(_ product: WindowProduct, group: Int, _ rows: Range<Int>, of source: Region<S>) -> kodama_runs {
      withUnsafePointer(to: product.windows) {
        kodama_find_runs(
          MemoryLayout<S>.stride, $0, group * product.channels, product.channels, rows.lowerBound, rows.count,
          source.base, starts, copies)
      }
      return kodama_runs(rows: rows.count, runs: product.runs, length: product.length, starts: starts)
    }

    func findPlaces(
      _ product: WindowProduct, _ rows: Range<Int>, of target: UnsafeMutablePointer<S>
    ) -> UnsafePointer<UnsafeMutableRawPointer?> {
      withUnsafePointer(to: product.positions) {
        kodama_find_places(MemoryLayout<S>.stride, $0, rows.lowerBound, rows.count, target, addresses)
      }
      return UnsafePointer(addresses)
    }
  }

  private func withScratch<S: Scalar>(_ type: S.Type, in resources: Resources, _ body: (Scratch<S>) -> Void) {
    let (pointers, copies, sums) = (rows * runs, (1 + rows * runs) * length, rows * S.primitives.packing.block)
    let bytes = (pointers + rows) * MemoryLayout<UnsafeRawPointer>.stride
    let aligned = (bytes + 63) / 64 * 64
    resources.memory.withScratch(bytes: aligned + (copies + sums) * MemoryLayout<S>.stride) { memory in
      let elements = (memory + aligned).bindMemory(to: S.self, capacity: copies + sums)
      body(
        Scratch(
          starts: memory.bindMemory(to: UnsafeRawPointer?.self, capacity: pointers),
          addresses: (memory + pointers * MemoryLayout<UnsafeRawPointer>.stride).bindMemory(
            to: UnsafeMutableRawPointer?.self, capacity: rows), copies: elements + sums, sums: elements))
    }
  }
}

extension kodama_windows {
  /// The windows that slide over one sample of an input; a signal is a map of height 1.
  init(_ windows: [SlidingWindow], input: Shape, output: Shape) {
    let isMap = windows.count == 2
    let (rows, columns) = (isMap ? windows[0] : SlidingWindow(1), windows[isMap ? 1 : 0])
    let (height, width) = (isMap ? input[1] : 1, input[-2])
    self.init(
      height: height, width: width, channels: input.last, out_height: isMap ? output[1] : 1, out_width: output[-2],
      kernel_height: rows.kernelSize, kernel_width: columns.kernelSize, stride_height: rows.stride,
      stride_width: columns.stride, dilation_height: rows.dilation, dilation_width: columns.dilation,
      padding_height: rows.padding(ofLength: height).before, padding_width: columns.padding(ofLength: width).before)
  }

  /// Elements of the map.
  var mapCount: Int { height * width * channels }
  /// Elements of the output, of as many channels.
  var outputCount: Int { out_height * out_width * channels }
}
