import AllocationCounter
import CKodama
import Kodama
import KodamaCore
import TestSupport
import Testing

@Suite struct StreamTests {
  private let past = (0..<60).map { Float($0 % 13) / 6.5 - 1 }

  @Test(arguments: Precision.allCases) func samplesAreThoseOfTheSwiftInterface(precision: Precision) throws {
    let swift = try Models.model(precision)
    try Models.withLoaded(swift) { model in
      for (seed, number) in [(1, 0), (1, 3), (UInt64.max, 0)] as [(UInt64, UInt32)] {
        let stream = try Stream(model, seed: seed, number: number)
        let samples = [1, 0, 63, 136].flatMap { stream.samples($0) }
        #expect(samples == (try Models.expected(200, of: swift, seed: seed, number: Int(number))))
      }
    }
  }

  @Test func samplingIsThatOfTheSwiftInterface() throws {
    let options = [
      (sampling(), SamplingOptions.standard), (sampling(temperature: 0), try SamplingOptions(temperature: 0)),
      (sampling(topK: 3), try SamplingOptions(topK: 3)), (sampling(topK: .max), try SamplingOptions(topK: 1 << 32)),
      (sampling(temperature: 0.5, topP: 0.7), try SamplingOptions(temperature: 0.5, topP: 0.7)),
    ]
    try Models.withLoaded { model in
      for (c, swift) in options {
        let expected = try Models.expected(100, seed: 2, sampling: swift)
        #expect(try Stream(model, seed: 2, c).samples(100) == expected)
        let changed = try Stream(model, seed: 2, sampling(topK: 1))
        let status = withUnsafePointer(to: c) { c in changed.with { kodama_stream_set_sampling($0, c, nil) } }
        #expect(status == KODAMA_OK)
        #expect(changed.samples(100) == expected)
      }
    }
  }

  @Test(arguments: [Models.model, Models.mixture]) func aPrimedStreamGoesOnFromTheRecording(
    swift: InferenceModel
  ) throws {
    try Models.withLoaded(swift) { model in
      let (primed, plain) = (try Stream(model, seed: 5), try Stream(model, seed: 5))
      primed.prime(past)
      let samples = primed.samples(200)
      #expect(samples == (try Models.expected(200, of: swift, seed: 5, prime: past)))
      #expect(samples != plain.samples(200))
    }
  }

  @Test(arguments: [Models.model, Models.mixture]) func aRecordingMayComeInPieces(swift: InferenceModel) throws {
    let expected = try Models.expected(200, of: swift, seed: 5, prime: past)
    try Models.withLoaded(swift) { model in
      for length in [1, 7] {
        let stream = try Stream(model, seed: 5)
        for start in stride(from: 0, to: past.count, by: length) { stream.prime(Array(past[start...].prefix(length))) }
        #expect(stream.samples(200) == expected, "pieces of \(length)")
      }
    }
  }

  @Test func aForkSharesThePastAndGoesItsOwnWay() throws {
    try Models.withLoaded { model in
      let stream = try Stream(model, seed: 5, sampling(temperature: 0.8))
      stream.prime(past)
      let (same, other) = (try stream.forked(seed: 5), try stream.forked(seed: 6))
      let numbered = try stream.forked(seed: 5, number: 1)
      let samples = stream.samples(100)
      #expect(same.samples(100) == samples)
      #expect(other.samples(100) != samples && numbered.samples(100) != samples)
      let expected = try Models.expected(
        100, seed: 5, number: 1, sampling: SamplingOptions(temperature: 0.8), prime: past)
      #expect(try stream.forked(seed: 5).samples(100) != samples)
      let again = try Stream(model, seed: 9, sampling(temperature: 0.8))
      again.prime(past)
      #expect(try again.forked(seed: 5, number: 1).samples(100) == expected)
    }
  }

  @Test func thingsMayBeFreedInAnyOrder() throws {
    let expected = try Models.expected(50, seed: 1)
    try Models.withFolder { folder in
      var (model, stream, fork) = (OpaquePointer?.none, OpaquePointer?.none, OpaquePointer?.none)
      #expect(kodama_model_load(folder, &model, nil) == KODAMA_OK)
      #expect(kodama_stream_create(model, 1, 0, nil, &stream, nil) == KODAMA_OK)
      kodama_model_free(model)
      #expect(kodama_stream_fork(stream, 1, 0, &fork, nil) == KODAMA_OK)
      kodama_stream_free(stream)
      var samples = [Float](repeating: 0, count: 50)
      #expect(kodama_stream_fill(fork, &samples, samples.count, nil) == KODAMA_OK)
      kodama_stream_free(fork)
      #expect(samples == expected)
    }
    kodama_stream_free(nil)
  }

  @Test func manyThreadsUseStreamsOfOneModel() throws {
    let expected = try (0..<8).map { try Models.expected(300, seed: 7, number: $0) }
    try Models.withLoaded { model in
      // Immutable behind the pointer, as the header says.
      nonisolated(unsafe) let model = model
      let same = Locked([Bool](repeating: false, count: expected.count))
      Workers(threads: 4).forEach(parts: expected.count) { number in
        guard let stream = try? Stream(model, seed: 7, number: UInt32(number)) else { return }
        let samples = (0..<30).flatMap { _ in stream.samples(10) }
        same.withLock { $0[number] = samples == expected[number] }
      }
      #expect(same.withLock { $0.nonemptyAllSatisfy { $0 } })
    }
  }

  @Test(
    .enabled(if: allocations_are_counted() != 0, "allocations are counted with glibc and without sanitizers"),
    .enabled(if: isOptimized, "without optimization the language itself takes memory"), arguments: Precision.allCases)
  func drawingTakesNoMemoryFromTheFirstSampleOn(precision: Precision) throws {
    try Models.withLoaded(Models.model(precision)) { model in
      var samples = [Float](repeating: 0, count: 100)
      let (stream, options) = (try Stream(model, seed: 1), sampling(temperature: 0.9, topK: 5, topP: 0.9))
      let fork = try stream.forked(seed: 2)
      func allocations(_ body: () -> Void) -> Int {
        let before = allocations_of_this_thread()
        body()
        return allocations_of_this_thread() - before
      }
      var sum: UInt32 = 0
      let count = withUnsafePointer(to: options) { options in
        samples.withUnsafeMutableBufferPointer { samples in
          [stream, fork].map { stream in
            stream.with { stream in
              allocations {
                sum += kodama_stream_fill(stream, samples.baseAddress, samples.count, nil).rawValue
                sum += kodama_stream_set_sampling(stream, options, nil).rawValue
                sum += kodama_stream_fill(stream, samples.baseAddress, samples.count, nil).rawValue
              }
            }
          }
        }
      }
      #expect(count == [0, 0])
      #expect(sum == 0)
      #expect(allocations { _ = try? stream.forked(seed: 3) } > 0)
    }
  }
}
