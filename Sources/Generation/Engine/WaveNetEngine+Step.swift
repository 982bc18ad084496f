import CKernels

extension WaveNetEngine {
  /// Writes into a stream's column what its step begins with: the first block's input, and what conditions the step.
  func begin(_ memory: StreamMemory) {
    embed(memory.input, memory.base)
    memory.conditions?.takeStep(memory.column.places, self)
  }

  /// Brings the present input through all blocks and into their caches, and makes the logits where they are wanted.
  /// Takes no memory.
  func step(_ memory: StreamMemory, logits: Bool) {
    let places = memory.column.places
    program.run(program.gather, columns: 1, places)
    begin(memory)
    program.run(program.input, columns: 1, places)
    program.run(program.stack, columns: 1, places)
    if logits { program.run(program.head, columns: 1, places) }
    program.run(program.keep, columns: 1, places)
  }

  /// The same for several streams at once, each of which gets what it would get alone. Takes no memory.
  ///
  /// - Parameter places: room for where the streams' columns stand.
  func step(_ memories: UnsafeBufferPointer<StreamMemory>, _ places: UnsafeMutablePointer<kodama_place>) {
    for (index, memory) in memories.enumerated() {
      begin(memory)
      places[index] = memory.column.places[0]
    }
    program.run(program.gather, columns: memories.count, places)
    program.run(program.input, columns: memories.count, places)
    for block in program.blocks { program.run(block.whole, columns: memories.count, places) }
    program.run(program.head, columns: memories.count, places)
    program.run(program.keep, columns: memories.count, places)
  }
}
