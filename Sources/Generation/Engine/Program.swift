import CKernels
import KodamaCore
import KodamaWaveNets

/// The operations of a step, in the orders in which they are run, over packed layers that stand in one run of memory.
///
/// `@unchecked Sendable`: nothing changes after the initializer; the pointers are to memory that the program keeps.
final class Program: @unchecked Sendable {
  /// The operations of a block. All ways give the same numbers.
  struct Block {
    /// Everything.
    var whole = 0..<0
    /// For the first of two threads: from the sums of past taps to the next block's input.
    var lead = 0..<0
    /// For the second: the skip connection.
    var follow = 0..<0
  }

  let layout: StepBufferLayout
  /// What labels and the features of a step add to the gates of all blocks: for buffers of conditions too.
  private(set) var conditions = 0..<0
  /// The past taps from their rings.
  private(set) var gather = 0..<0
  /// The input as the first block takes it.
  private(set) var input = 0..<0
  private(set) var blocks: [Block] = []
  /// All blocks for one step.
  private(set) var stack = 0..<0
  /// For the first of two threads: the past taps of all blocks.
  private(set) var pasts = 0..<0
  /// From the sum of skip connections to logits.
  private(set) var head = 0..<0
  /// The present inputs into their rings.
  private(set) var keep = 0..<0
  /// The packed layers, in the order in which a step reads them.
  let memory: ByteMemory
  private let operations: UnsafeMutablePointer<kodama_operation>
  private let rings: UnsafeMutableBufferPointer<kodama_ring>

  init(_ model: InferenceModel, kernels: kodama_generation) {
    let packing = Packing(model, tileOutputs: kernels.tile_outputs)
    let layout = StepBufferLayout(model)
    var writer = ProgramWriter(model: model, layout: layout, packing: packing, kernels: kernels)
    rings = .allocate(capacity: layout.blocks.count)
    let used = rings.initialize(fromContentsOf: layout.rings(kernelSize: model.configuration.kernelSize))
    let all = kodama_rings(rings: rings.baseAddress, count: used)
    gather = writer.append { $0.rings(all, kernels.gather) }
    keep = writer.append { $0.rings(all, kernels.keep) }
    conditions = writer.append { $0.conditions() }
    input = writer.append { $0.input() }
    for index in model.blocks.indices {
      var block = Block()
      block.whole = writer.append { $0.whole(index) }
      block.lead = writer.append { $0.lead(index) }
      block.follow = writer.append { $0.skip(index, layout.blocks[index].sharedWork) }
      blocks.append(block)
    }
    stack = writer.append { $0.stack() }
    pasts = writer.append { writer in
      for index in model.blocks.indices { writer.past(index, layout.blocks[index].sharedWork) }
    }
    head = writer.append { $0.head() }
    self.layout = layout
    memory = packing.memory
    operations = .allocate(capacity: writer.operations.count)
    operations.initialize(from: writer.operations, count: writer.operations.count)
  }

  deinit {
    operations.deallocate()
    rings.deallocate()
  }

  /// Runs some operations for as many steps as there are descriptors.
  func run(_ range: Range<Int>, steps: Int, _ descriptors: UnsafePointer<kodama_step_buffer>) {
    kodama_run(operations + range.lowerBound, range.count, steps, descriptors)
  }
}
