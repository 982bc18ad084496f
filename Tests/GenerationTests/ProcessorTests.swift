import CKernels
import KodamaCore
import Synchronization
import Testing

@Suite struct ProcessorTests {
  /// The system may move a thread at any time, so most of the times count.
  @Test(.enabled(if: ProcessorCount.available > 1, "there is one processor"))
  func aThreadLeavesAProcessor() {
    let timesLeft = Atomic<Int>(0)
    let wasRun = SecondThread.run(
      {
        for _ in 0..<100 {
          let processor = kodama_processor()
          kodama_leave_processor(processor)
          if kodama_processor() != processor { timesLeft.add(1, ordering: .relaxed) }
        }
      }, beside: {})
    #expect(wasRun)
    #expect(timesLeft.load(ordering: .relaxed) > 50)
  }

  @Test func aProcessorThatIsNotThereIsNotLeft() {
    kodama_leave_processor(-1)
    kodama_leave_processor(.max)
    #expect(kodama_processor() >= -1)
  }
}
