import KodamaCore

/// Computes the network on many known inputs at once, stage by stage: one buffer for each step, and every
/// step has bit for bit the result that it would have by itself.
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

  /// Takes inputs as the next steps of a stream and updates its caches to the state after the last.
  ///
  /// - Parameter inputs: nil is the start of a signal.
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
        logits((buffers[step] + engine.layout.output).assumingMemoryBound(to: Float.self))
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
      for stage in program.stages {
        let delays = stage.delays.map { engine.layout.delays[$0] }
        for delay in delays { gather(delay, memory, steps: part.count) }
        if stage.states.isEmpty {
          run(stage.whole, steps: part.count)
        } else {
          runInOrder(stage, memory, steps: part.count)
        }
        for delay in delays { keep(delay, memory, steps: part.count) }
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

  /// A stage whose steps each need the states of the one before.
  private func runInOrder(_ stage: Program.Stage, _ memory: StreamMemory, steps: Int) {
    func copyStates(from source: UnsafeMutableRawPointer, to target: UnsafeMutableRawPointer) {
      for state in stage.states {
        (target + state.offset).copyMemory(from: source + state.offset, byteCount: state.bytes)
      }
    }
    for step in 0..<steps {
      copyStates(from: step == 0 ? memory.base : buffers[step - 1], to: buffers[step])
      engine.program.run(stage.whole, steps: 1, buffers.descriptors + step)
    }
    copyStates(from: buffers[steps - 1], to: memory.base)
  }

  /// The past taps of a delay: from its ring, or from earlier buffers.
  private func gather(_ delay: StepBufferLayout.Delay, _ memory: StreamMemory, steps: Int) {
    let slot = Int(memory.slot(delay))
    for step in 0..<steps {
      for tap in 0..<delay.taps {
        let source = step - (delay.taps - tap) * delay.dilation
        let input =
          source >= 0
          ? buffers[source] + delay.present
          : memory.base + delay.ring + (slot + delay.history + source) % delay.history * delay.slotBytes
        (buffers[step] + delay.past + tap * delay.tapBytes).copyMemory(from: input, byteCount: delay.tapBytes)
      }
    }
  }

  private func keep(_ delay: StepBufferLayout.Delay, _ memory: StreamMemory, steps: Int) {
    let first = Int(memory.slot(delay))
    for step in max(0, steps - delay.history)..<steps {
      let slot = (first + step) % delay.history
      (memory.base + delay.ring + slot * delay.slotBytes)
        .copyMemory(from: buffers[step] + delay.present, byteCount: delay.tapBytes)
    }
    memory.setSlot(UInt32((first + steps) % delay.history), delay)
  }
}
