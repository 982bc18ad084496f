import CKodama
import Kodama
import Testing

@Suite struct StreamFaultTests {
  private func withStream(
    of model: InferenceModel = Models.model, _ body: (_ model: OpaquePointer, _ stream: OpaquePointer) throws -> Void
  ) throws {
    try Models.withLoaded(model) { model in
      try Stream(model, seed: 1).with { try body(model, $0) }
    }
  }

  /// The next samples are those of a stream that nothing was done to.
  private func expectUnchanged(_ stream: OpaquePointer, of model: InferenceModel = Models.model) throws {
    var samples = [Float](repeating: 9, count: 50)
    #expect(kodama_stream_fill(stream, &samples, samples.count, nil) == KODAMA_OK)
    #expect(samples == (try Models.expected(50, of: model, seed: 1)))
  }

  @Test func aMissingArgumentIsNamed() throws {
    try withStream { model, stream in
      var made: OpaquePointer?
      expect(KODAMA_USAGE, "model is NULL") { kodama_stream_create(nil, 1, 0, nil, &made, $0) }
      expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_create(model, 1, 0, nil, nil, $0) }
      expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_prime(nil, [0], 1, $0) }
      expect(KODAMA_USAGE, "samples is NULL") { kodama_stream_prime(stream, nil, 1, $0) }
      var sample: Float = 0
      expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_fill(nil, &sample, 1, $0) }
      expect(KODAMA_USAGE, "buffer is NULL") { kodama_stream_fill(stream, nil, 1, $0) }
      expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_set_sampling(nil, nil, $0) }
      expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_fork(nil, 1, 0, &made, $0) }
      expect(KODAMA_USAGE, "copy is NULL") { kodama_stream_fork(stream, 1, 0, nil, $0) }
      #expect(kodama_stream_prime(stream, nil, 0, nil) == KODAMA_OK)
      #expect(kodama_stream_fill(stream, nil, 0, nil) == KODAMA_OK)
      #expect(kodama_stream_set_sampling(stream, nil, nil) == KODAMA_OK)
    }
  }

  @Test func aCountThatNoMemoryHasIsRefused() throws {
    try withStream { _, stream in
      var sample: Float = 0
      // SIZE_MAX, and one number more than there are addresses.
      for count in [-1, 1 << 61] {
        let text = "count is \(UInt(bitPattern: count))"
        expect(KODAMA_USAGE, text) { kodama_stream_fill(stream, &sample, count, $0) }
        expect(KODAMA_USAGE, text) { kodama_stream_prime(stream, &sample, count, $0) }
      }
    }
  }

  @Test(arguments: [
    (sampling(temperature: -1), "temperature"), (sampling(temperature: .nan), "temperature"),
    (sampling(temperature: .infinity), "temperature"), (sampling(topP: 0), "top-p"), (sampling(topP: 1.1), "top-p"),
    (sampling(topP: .nan), "top-p"), (kodama_sampling(), "sampling->size is 0"),
    (kodama_sampling(size: 32, top_k: 0, temperature: 1, top_p: 1), "sampling->size is 32"),
  ]) func samplingOutOfItsRangeIsRefusedAndChangesNothing(options: kodama_sampling, text: String) throws {
    try withStream { model, stream in
      withUnsafePointer(to: options) { options in
        var made = OpaquePointer(bitPattern: 1)
        expect(KODAMA_USAGE, text) { kodama_stream_create(model, 1, 0, options, &made, $0) }
        #expect(made == nil)
        expect(KODAMA_USAGE, text) { kodama_stream_set_sampling(stream, options, $0) }
      }
      try expectUnchanged(stream)
    }
  }

  @Test(arguments: [(sampling(topK: 2), "top-k"), (sampling(topP: 0.5), "top-p")])
  func theLikeliestClassesOfAMixtureAreRefused(options: kodama_sampling, text: String) throws {
    try withStream(of: Models.mixture) { model, stream in
      withUnsafePointer(to: options) { options in
        var made = OpaquePointer(bitPattern: 1)
        expect(KODAMA_USAGE, text) { kodama_stream_create(model, 1, 0, options, &made, $0) }
        #expect(made == nil)
        expect(KODAMA_USAGE, text) { kodama_stream_set_sampling(stream, options, $0) }
      }
      try expectUnchanged(stream, of: Models.mixture)
    }
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func aRecordingWithoutNumbersIsRefusedAndChangesNothing(
    value: Float
  ) throws {
    try withStream { _, stream in
      expect(KODAMA_BAD_DATA, "samples[2]") { kodama_stream_prime(stream, [0, 0.5, value, value], 4, $0) }
      try expectUnchanged(stream)
    }
  }

  @Test func aNetworkThatOverflowsIsSaid() throws {
    try withStream(of: Models.overflowing) { _, stream in
      var samples = [Float](repeating: 9, count: 5)
      expect(KODAMA_BAD_DATA, "not finite") { kodama_stream_fill(stream, &samples, samples.count, $0) }
      #expect(samples.allSatisfy { abs($0) <= 1 })
    }
  }
}
