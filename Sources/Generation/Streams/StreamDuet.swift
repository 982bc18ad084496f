import CKernels
import KodamaCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One stream on two threads. The first brings the sample through the blocks and then, while the second still works,
/// adds up the next sample's past taps; the second follows it with the skip connections, block by block, and goes on to
/// the head and the draw. Each does about half of the multiply-adds, reads only its own weights, and every sum is formed
/// as one thread forms it.
///
/// `@unchecked Sendable`: the two threads write different parts of the column, and hand over what the other reads by
/// `blocksDone` and `samplesDrawn`.
final class StreamDuet: @unchecked Sendable {
  private let engine: WaveNetEngine
  private let memory: StreamMemory
  private let stream: UnsafeMutablePointer<WaveNetStream>
  private let samples: UnsafeMutableBufferPointer<Float>
  /// Blocks of all samples that the first thread has done.
  private let blocksDone = Atomic<Int>(0)
  /// Samples that the second thread has drawn.
  private let samplesDrawn = Atomic<Int>(0)

  /// Bytes of weights from which handing over costs less than it gains.
  static let leastBytes = 1 << 18

  /// - Parameter samples: all are to be filled.
  init(
    _ engine: WaveNetEngine, _ stream: UnsafeMutablePointer<WaveNetStream>, _ samples: UnsafeMutableBufferPointer<Float>
  ) {
    self.engine = engine
    self.stream = stream
    self.samples = samples
    memory = stream.pointee.uniqueMemory()
  }

  /// Fills the samples.
  ///
  /// - Precondition: the stream's present step is pending.
  /// - Returns: false where there is no second thread; then nothing was done.
  func fill() -> Bool {
    precondition(memory.progress == .pending, "the present step has been computed already")
    return Companion.run({ self.followBlocks() }, beside: leadBlocks)
  }

  private func leadBlocks() {
    let (program, bases, count) = (engine.program, memory.column.bases, engine.layout.blocks.count)
    program.run(program.gather, columns: 1, bases)
    program.run(program.pasts, columns: 1, bases)
    for sample in samples.indices {
      wait(for: samplesDrawn, toReach: sample)
      engine.embed(memory.input, memory.base)
      program.run(program.input, columns: 1, bases)
      for index in 0..<count {
        program.run(program.blocks[index].present, columns: 1, bases)
        blocksDone.store(sample * count + index + 1, ordering: .releasing)
      }
      program.run(program.keep, columns: 1, bases)
      if sample + 1 < samples.count {
        program.run(program.gather, columns: 1, bases)
        program.run(program.pasts, columns: 1, bases)
      }
    }
  }

  private func followBlocks() {
    let (program, bases, count) = (engine.program, memory.column.bases, engine.layout.blocks.count)
    for sample in samples.indices {
      for index in 0..<count {
        wait(for: blocksDone, toReach: sample * count + index + 1)
        program.run(program.blocks[index].skip, columns: 1, bases)
      }
      program.run(program.head, columns: 1, bases)
      samples[sample] = engine.decodingTable[stream.pointee.draw()]
      samplesDrawn.store(sample + 1, ordering: .releasing)
    }
  }

  /// Waits for the other thread, which is expected at once; where it does not come, its processor may be needed by
  /// others, and this thread steps aside.
  private func wait(for count: borrowing Atomic<Int>, toReach target: Int) {
    var turns = 0
    while count.load(ordering: .acquiring) < target {
      turns += 1
      if turns < 1 << 14 { kodama_pause() } else { sched_yield() }
    }
  }
}
