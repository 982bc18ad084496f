import CKernels
import KodamaCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One stream on two threads. The first computes the stages of the sample and then, while the second still works, adds
/// up the next sample's past taps; the second follows it with what later stages alone need, the skip connections, stage
/// by stage, and goes on to the head and the draw. Each does about half of the multiply-adds and reads only its own
/// weights, and every sum has the order that it has on one thread.
///
/// `@unchecked Sendable`: the two threads write different parts of the buffer, and hand over what the other reads by
/// `stagesDone` and `samplesDrawn`.
final class TwoThreadStream: @unchecked Sendable {
  private let engine: WaveNetEngine
  private let memory: StreamMemory
  private let stream: UnsafeMutablePointer<WaveNetStream>
  private let samples: UnsafeMutableBufferPointer<Float>
  /// Stages of all samples that the first thread has done.
  private let stagesDone = Atomic<Int>(0)
  /// Samples that the second thread has drawn.
  private let samplesDrawn = Atomic<Int>(0)
  /// Where the first thread ends.
  private let end: Atomic<Int>
  private let limit: Duration

  /// Samples between checks of whether two threads are faster than one. They stop when they were slower twice in a row:
  /// now and then the scheduler gives a processor to others.
  static let trial = 128

  /// Bytes of weights from which handing over costs less than it gains.
  static let leastBytes = 1 << 19

  /// - Parameters:
  ///   - samples: what is to be filled.
  ///   - limit: how long a sample may take; where it takes longer, as on processors that others use, it ends.
  init(
    _ engine: WaveNetEngine, _ stream: UnsafeMutablePointer<WaveNetStream>,
    _ samples: UnsafeMutableBufferPointer<Float>, atMost limit: Duration
  ) {
    self.engine = engine
    self.stream = stream
    self.samples = samples
    self.limit = limit
    end = Atomic(samples.count)
    memory = stream.pointee.uniqueMemory()
  }

  /// Fills the samples.
  ///
  /// - Precondition: the stream's present step is pending.
  /// - Returns: how many of them; the rest is left where two threads are slow or there is no second one.
  func fill() -> Int {
    precondition(memory.progress == .pending, "the present step has been computed already")
    let processor = kodama_processor()
    let follow: @Sendable () -> Void = {
      // A new thread may start on its creator's processor, where each would wait for the other until the scheduler
      // parts them.
      kodama_leave_processor(processor)
      self.followStages()
    }
    return SecondThread.run(follow, beside: leadStages) ? end.load(ordering: .relaxed) : 0
  }

  private func leadStages() {
    let (program, descriptors, count) = (engine.program, memory.buffer.descriptors, engine.program.stages.count)
    program.run(program.gather, steps: 1, descriptors)
    program.run(program.pasts, steps: 1, descriptors)
    let clock = ContinuousClock()
    var (start, slowTrials) = (clock.now, 0)
    for sample in samples.indices {
      wait { samplesDrawn.load(ordering: .acquiring) >= sample }
      if sample > 0 && sample % Self.trial == 0 {
        let now = clock.now
        slowTrials = start.duration(to: now) > limit * Self.trial ? slowTrials + 1 : 0
        if slowTrials == 2 {
          end.store(sample, ordering: .releasing)
          return
        }
        start = now
      }
      engine.writeInput(memory)
      program.run(program.input, steps: 1, descriptors)
      for index in 0..<count {
        program.run(program.stages[index].lead, steps: 1, descriptors)
        stagesDone.store(sample * count + index + 1, ordering: .releasing)
      }
      program.run(program.keep, steps: 1, descriptors)
      if sample + 1 < samples.count {
        program.run(program.gather, steps: 1, descriptors)
        program.run(program.pasts, steps: 1, descriptors)
      }
    }
  }

  private func followStages() {
    let (program, descriptors, count) = (engine.program, memory.buffer.descriptors, engine.program.stages.count)
    for sample in samples.indices {
      for index in 0..<count {
        let target = sample * count + index + 1
        wait { stagesDone.load(ordering: .acquiring) >= target || end.load(ordering: .acquiring) <= sample }
        if end.load(ordering: .acquiring) <= sample { return }
        program.run(program.stages[index].follow, steps: 1, descriptors)
      }
      program.run(program.head, steps: 1, descriptors)
      samples[sample] = stream.pointee.drawSample()
      samplesDrawn.store(sample + 1, ordering: .releasing)
    }
  }

  /// Waits for the other thread, which is expected at once; where it does not come, its processor may be needed by
  /// others, and this thread steps aside.
  private func wait(until isReached: () -> Bool) {
    var turns = 0
    while !isReached() {
      turns += 1
      if turns < 1 << 14 { kodama_pause() } else { sched_yield() }
    }
  }
}

/// Whether to share a stream between two threads: after a call in which two were slower than one it stays on one
/// thread, each time for twice as many calls.
struct TwoThreadPace: Sendable {
  private var callsAlone = 0
  private var rest = 0

  /// Whether this call is to stay alone.
  mutating func isAlone() -> Bool {
    if callsAlone == 0 { return false }
    callsAlone -= 1
    return true
  }

  mutating func note(isSlow: Bool) {
    rest = isSlow ? min(max(1, 2 * rest), 64) : 0
    callsAlone = rest
  }
}
