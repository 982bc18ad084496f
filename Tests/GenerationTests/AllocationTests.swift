import AllocationCounter
import KodamaInference
import KodamaLayers
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

@Suite(
  .enabled(if: allocations_are_counted() != 0, "allocations are counted with glibc and without sanitizers"),
  .enabled(if: isOptimized, "without optimization the language itself takes memory"))
struct AllocationTests {
  private func allocations(_ body: () throws -> Void) rethrows -> Int {
    let before = allocations_of_this_thread()
    try body()
    return allocations_of_this_thread() - before
  }

  @Test func theCounterCounts() {
    let count = allocations {
      UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 8).deallocate()
      UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: 8).deallocate()
      UnsafeMutableRawPointer.allocate(byteCount: 8, alignment: 128).deallocate()
    }
    #expect(count == 6)
    var array: [Int] = []
    #expect(allocations { array.append(1) } > 0)
  }

  static let sampling: [SamplingOptions] = [
    .standard, try! SamplingOptions(temperature: 0), try! SamplingOptions(temperature: 0.8, topK: 10),
    try! SamplingOptions(topP: 0.9), try! SamplingOptions(temperature: 1.5, topK: 3, topP: 0.5),
  ]

  @Test(arguments: ["plain", "scalar input, everything", "kernel 1", "tiny", "recurrent"], sampling)
  func aSampleTakesNoMemory(name: String, sampling: SamplingOptions) throws {
    let (network, parameters) = Examples.network(name)
    var stream = WaveNetStream(try WaveNetEngine(network, parameters), seed: 1, sampling: sampling)
    var samples = [Float](repeating: 0, count: 300)
    var sum = 0
    // What the language's runtime sets up at the first use of a type is not the engine's.
    _ = stream.next()
    let count = allocations {
      for _ in 0..<300 { sum += stream.next() }
      for code in 0..<4 { stream.feed(code % network.configuration.levels) }
      var span = samples.mutableSpan
      stream.fill(&span)
    }
    #expect(count == 0)
    #expect(sum > 0 && samples.contains { $0 != 0 })
  }

  @Test(arguments: Precision.allCases) func aSampleOfAnyPrecisionTakesNoMemory(precision: Precision) throws {
    var stream = WaveNetStream(try WaveNetEngine(Examples.model("tiny", precision)), seed: 1)
    _ = stream.next()
    var sum = 0
    #expect(allocations { for _ in 0..<300 { sum += stream.next() } } == 0)
    #expect(sum > 0)
  }

  @Test func aSampleWithLabelsTakesNoMemory() throws {
    let (network, parameters) = ConditionedExamples.network("labels, tiny")
    var stream = WaveNetStream(
      try WaveNetEngine(network, parameters), seed: 1,
      conditions: try ConditionedExamples.conditions(network.configuration, samples: 0))
    _ = stream.next()
    var sum = 0
    #expect(allocations { for _ in 0..<300 { sum += stream.next() } } == 0)
    #expect(sum > 0)
  }

  /// Once for the frames that 256 samples take, and never between.
  @Test(arguments: [
    ("features, everything", 300), ("transposed, labels", 264), ("nearest", 260), ("signal, context", 256),
  ])
  func samplesWithFeaturesTakeMemoryOnceAFrame(name: String, samplesOfFrames: Int) throws {
    let (network, parameters) = ConditionedExamples.network(name)
    let engine = try WaveNetEngine(network, parameters)
    let conditions = try ConditionedExamples.conditions(network.configuration, samples: 1500)
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions)
    var (sum, samples) = (0, [Int]())
    let count = 4 * samplesOfFrames
    samples.reserveCapacity(count)
    for sample in 0..<count {
      if allocations({ sum += stream.next() }) > 0 { samples.append(sample) }
    }
    // What conditions a few samples is worked out together.
    let together = engine.kernels.pointee.tile_steps
    let expected = (0...4).map { $0 * samplesOfFrames / together * together }.filter { $0 < count }
    #expect(samples == expected)
    #expect(sum > 0)
  }

  @Test(arguments: ["mixture of logistics", "Gaussian, pre-emphasis"], [1, 0, 0.8])
  func aSampleOfAMixtureTakesNoMemory(name: String, temperature: Double) throws {
    let options = try SamplingOptions(temperature: temperature)
    var stream = WaveNetStream(try WaveNetEngine(Examples.model(name, .float32)), seed: 1, sampling: options)
    var samples = [Float](repeating: 0, count: 300)
    _ = stream.next()
    let count = allocations {
      for code in 0..<4 { stream.feed(32_768 + code) }
      var span = samples.mutableSpan
      stream.fill(&span)
    }
    #expect(count == 0)
    #expect(samples.contains { $0 != 0 })
  }

  /// A call takes memory for its batches, however many samples it makes.
  @Test(arguments: Precision.allCases) func samplesOfManyStreamsTakeNoMemory(precision: Precision) throws {
    let engine = try WaveNetEngine(Examples.model("tiny", precision))
    var streams = WaveNetStreams(engine, count: 5, seed: 1)
    var (few, many) = ([[Float]](repeating: [0, 0], count: 5), [[Float]]())
    many = (0..<5).map { [Float](repeating: 0, count: 300 + $0) }
    streams.fill(&few, workers: .serial)
    let count = allocations { streams.fill(&few, workers: .serial) }
    #expect(allocations { streams.fill(&many, workers: .serial) } == count)
  }

  @Test func aForkTakesMemoryOnceAndNotBefore() throws {
    let (network, parameters) = Examples.network("plain")
    var stream = WaveNetStream(try WaveNetEngine(network, parameters), seed: 1)
    _ = stream.next()
    var fork = stream
    #expect(allocations { fork = stream } == 0)
    #expect(allocations { _ = fork.next() } > 0)
    #expect(allocations { _ = fork.next() } == 0)
  }
}
