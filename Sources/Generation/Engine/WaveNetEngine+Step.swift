import CKernels

extension WaveNetEngine {
  /// Writes the inputs of a step into a stream's buffer: the first block's input and the conditions.
  func begin(_ memory: StreamMemory) {
    embed(memory.input, memory.base)
    memory.conditions?.takeStep(memory.buffer.descriptors, self)
  }

  /// Brings the present input through all blocks and into their caches, and makes the logits where they are wanted.
  /// Takes no memory.
  func step(_ memory: StreamMemory, logits: Bool) {
    let descriptors = memory.buffer.descriptors
    program.run(program.gather, steps: 1, descriptors)
    begin(memory)
    program.run(program.input, steps: 1, descriptors)
    program.run(program.stack, steps: 1, descriptors)
    if logits { program.run(program.head, steps: 1, descriptors) }
    program.run(program.keep, steps: 1, descriptors)
  }

  /// The same for several streams at once, each of which gets what it would get alone. Takes no memory.
  ///
  /// - Parameter descriptors: room for a descriptor of each stream's buffer.
  func step(_ memories: UnsafeBufferPointer<StreamMemory>, _ descriptors: UnsafeMutablePointer<kodama_step_buffer>) {
    for (index, memory) in memories.enumerated() {
      begin(memory)
      descriptors[index] = memory.buffer.descriptors[0]
    }
    program.run(program.gather, steps: memories.count, descriptors)
    program.run(program.input, steps: memories.count, descriptors)
    for stage in program.stages { program.run(stage.whole, steps: memories.count, descriptors) }
    program.run(program.head, steps: memories.count, descriptors)
    program.run(program.keep, steps: memories.count, descriptors)
  }
}
