import KodamaCore

/// Brings many known inputs through the network at once, block by block: one buffer for each step, and every
/// step gets bit for bit what it would give by itself.
struct SequencePass {
  /// Steps that one thread takes at a time.
  private static let group = 8

  private let engine: WaveNetEngine
  private let workers: Workers
  private let buffers: StepBuffers

  /// - Parameter workers: the threads to share; the result does not depend on their number.
  init(_ engine: WaveNetEngine, workers: Workers) {
    self.engine = engine
    self.workers = workers
    // Enough steps to keep all threads busy, in bounded memory.
    let steps = min(max((1 << 24) / engine.layout.stepBytes, Self.group), 512)
    buffers = StepBuffers(count: steps, bytes: engine.layout.stepBytes)
  }

  /// Takes inputs as the next steps of a stream and brings its caches to where they are after the last.
  ///
  /// - Parameter inputs: nil is the beginning of a signal.
  func advance(_ memory: StreamMemory, through inputs: ArraySlice<Int?>) {
    forEachPart(of: inputs, memory) { _ in }
  }

  /// The same, and makes the logits of all steps.
  ///
  /// - Parameter logits: called with those of each step in turn.
  func advance(
    _ memory: StreamMemory, through inputs: ArraySlice<Int?>, logits: (UnsafePointer<Float>) -> Void
  ) {
    forEachPart(of: inputs, memory) { steps in
      run(engine.program.head, steps: steps)
      for step in 0..<steps {
        logits((buffers[step] + engine.layout.logits).assumingMemoryBound(to: Float.self))
      }
    }
  }

  private func forEachPart(of inputs: ArraySlice<Int?>, _ memory: StreamMemory, _ body: (_ steps: Int) -> Void) {
    let labels = engine.layout.labels
    for step in 0..<min(buffers.count, inputs.count) {
      (buffers[step] + labels.lowerBound).copyMemory(
        from: memory.base + labels.lowerBound, byteCount: labels.count)
    }
    for first in stride(from: inputs.startIndex, to: inputs.endIndex, by: buffers.count) {
      let part = inputs[first..<min(first + buffers.count, inputs.endIndex)]
      let program = engine.program
      for (step, input) in part.enumerated() { engine.embed(input, buffers[step]) }
      if let conditions = memory.conditions {
        for step in 0..<part.count { conditions.takeFeatures(buffers[step], engine) }
        run(program.conditions, steps: part.count)
      }
      run(program.input, steps: part.count)
      for index in program.blocks.indices {
        gather(index, memory, steps: part.count)
        run(program.blocks[index].whole, steps: part.count)
        keep(index, memory, steps: part.count)
      }
      body(part.count)
    }
  }

  private func run(_ range: Range<Int>, steps: Int) {
    let (engine, buffers) = (engine, buffers)
    workers.forEach(parts: (steps + Self.group - 1) / Self.group) { part in
      let first = part * Self.group
      engine.program.run(range, steps: min(Self.group, steps - first), buffers.descriptors + first)
    }
  }

  /// The past taps of a block: from its ring, or from earlier buffers.
  private func gather(_ index: Int, _ memory: StreamMemory, steps: Int) {
    let block = engine.layout.blocks[index]
    let slot = Int(memory.slot(block))
    let taps = engine.configuration.kernelSize - 1
    for step in 0..<steps {
      for tap in 0..<taps {
        let source = step - (taps - tap) * block.dilation
        let input =
          source >= 0
          ? buffers[source] + block.present
          : memory.base + block.ring + (slot + block.history + source) % block.history * block.slotBytes
        (buffers[step] + block.past + tap * block.tapBytes).copyMemory(from: input, byteCount: block.tapBytes)
      }
    }
  }

  private func keep(_ index: Int, _ memory: StreamMemory, steps: Int) {
    let block = engine.layout.blocks[index]
    if block.history == 0 { return }
    let first = Int(memory.slot(block))
    for step in max(0, steps - block.history)..<steps {
      let slot = (first + step) % block.history
      (memory.base + block.ring + slot * block.slotBytes)
        .copyMemory(from: buffers[step] + block.present, byteCount: block.tapBytes)
    }
    memory.setSlot(UInt32((first + steps) % block.history), block)
  }
}
