import CKernels

extension WaveNetEngine {
  /// Brings the present input through all blocks and into their caches, and makes the logits where they are wanted.
  /// Takes no memory.
  func step(_ memory: StreamMemory, logits: Bool) {
    begin(memory)
    program.run(program.input, columns: 1, memory.column.bases)
    program.run(program.stack, columns: 1, memory.column.bases)
    if logits { program.run(program.head, columns: 1, memory.column.bases) }
    keep(memory)
  }

  /// The same for several streams at once, each of which gets what it would get alone. Takes no memory.
  ///
  /// - Parameter bases: the streams' columns.
  func step(_ memories: UnsafeBufferPointer<StreamMemory>, _ bases: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
    for memory in memories { begin(memory) }
    program.run(program.input, columns: memories.count, bases)
    for block in program.blocks { program.run(block.whole, columns: memories.count, bases) }
    program.run(program.head, columns: memories.count, bases)
    for memory in memories { keep(memory) }
  }

  /// The past taps of all blocks and the first block's input. All taps at once, so that waiting for one line of memory
  /// is waiting for all: they were last touched a dilation ago.
  func begin(_ memory: StreamMemory) {
    let base = memory.base
    let taps = configuration.kernelSize - 1
    layout.blocks.withUnsafeBufferPointer { blocks in
      for index in blocks.indices {
        let (ring, past, bytes) = (base + blocks[index].ring, base + blocks[index].past, blocks[index].tapBytes)
        var slot = memory.slots[index]
        for tap in 0..<taps {
          (past + tap * bytes).copyMemory(from: ring + slot * bytes, byteCount: bytes)
          slot += blocks[index].dilation
          if slot >= blocks[index].history { slot -= blocks[index].history }
        }
      }
    }
    embed(memory.input, base)
  }

  /// Keeps the present inputs of all blocks in their rings.
  func keep(_ memory: StreamMemory) {
    let base = memory.base
    layout.blocks.withUnsafeBufferPointer { blocks in
      for index in blocks.indices where blocks[index].history > 0 {
        let slot = memory.slots[index]
        (base + blocks[index].ring + slot * blocks[index].tapBytes)
          .copyMemory(from: base + blocks[index].present, byteCount: blocks[index].tapBytes)
        memory.slots[index] = slot + 1 == blocks[index].history ? 0 : slot + 1
      }
    }
  }
}
