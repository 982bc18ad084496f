import CKernels

extension WaveNetEngine {
  /// Writes into a stream's column what its step begins with: the first block's input, and what conditions the step.
  func begin(_ memory: StreamMemory) {
    embed(memory.input, memory.base)
    memory.conditions?.takeStep(memory.base, self)
  }

  /// Brings the present input through all blocks and into their caches, and makes the logits where they are wanted.
  /// Takes no memory.
  func step(_ memory: StreamMemory, logits: Bool) {
    let bases = memory.column.bases
    program.run(program.gather, columns: 1, bases)
    begin(memory)
    program.run(program.input, columns: 1, bases)
    program.run(program.stack, columns: 1, bases)
    if logits { program.run(program.head, columns: 1, bases) }
    program.run(program.keep, columns: 1, bases)
  }

  /// The same for several streams at once, each of which gets what it would get alone. Takes no memory.
  ///
  /// - Parameter bases: the streams' columns.
  func step(_ memories: UnsafeBufferPointer<StreamMemory>, _ bases: UnsafePointer<UnsafeMutablePointer<CChar>?>) {
    program.run(program.gather, columns: memories.count, bases)
    for memory in memories { begin(memory) }
    program.run(program.input, columns: memories.count, bases)
    for block in program.blocks { program.run(block.whole, columns: memories.count, bases) }
    program.run(program.head, columns: memories.count, bases)
    program.run(program.keep, columns: memories.count, bases)
  }
}
