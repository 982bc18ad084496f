import AllocationCounter
import CKodama
import Kodama
import TestSupport
import Testing

@Suite struct FeatureTests {
  private static let frames = 9
  private let past = (0..<20).map { Float($0 % 13) / 6.5 - 1 }
  /// The numbers of all frames of a signal, three each.
  private let features = (0..<3 * frames).map { Float($0 * 7 % 11) / 5 - 1 }

  static var names: [String] { Models.vocoders.keys.sorted() }

  private func withLoaded<R>(
    _ name: String, _ body: (_ model: OpaquePointer, _ swift: InferenceModel) throws -> R
  ) throws -> R {
    let swift = try #require(Models.vocoders[name])
    return try Models.withLoaded(swift) { try body($0, swift) }
  }

  /// A stream that has its labels.
  private func stream(_ model: OpaquePointer, _ swift: InferenceModel, seed: UInt64 = 4) throws -> Stream {
    let stream = try Stream(model, seed: seed)
    for set in swift.configuration.conditioning.labels {
      #expect(stream.with { kodama_stream_set_label($0, set.name, set.values[0], nil) } == KODAMA_OK)
    }
    return stream
  }

  private func expected(_ count: Int, of swift: InferenceModel, prime: [Float] = []) throws -> [Float] {
    let conditions = swift.configuration.conditioning.conditions(number: 0)
    return try Models.expected(
      count, of: swift, seed: 4, conditions: conditions.with(FeatureSequence(features, channels: 3)), prime: prime)
  }

  @Test(arguments: names) func samplesAreThoseOfTheSwiftInterfaceHoweverFramesCome(name: String) throws {
    try withLoaded(name) { model, swift in
      let wanted = try #require(swift.configuration.conditioning.features)
      // Beyond the last frame, which goes on.
      let count = (Self.frames + 2) * wanted.hopLength
      for prime in [[], past] {
        let expected = try expected(count, of: swift, prime: prime)
        for piece in [1, 2, 4, Self.frames] {
          let stream = try stream(model, swift)
          var (samples, added, primed) = ([Float](), 0, prime.isEmpty)
          while added < Self.frames {
            let end = min(Self.frames, added + piece)
            stream.add(features: features[3 * added..<3 * end])
            added = end
            let known = max(0, added - wanted.marginFrames) * wanted.hopLength
            let used = samples.count + (primed ? prime.count : 0)
            #expect(stream.available == known - used)
            if !primed && known >= prime.count {
              stream.prime(prime)
              primed = true
            }
            // A third is left, so that frames come while others are still needed.
            if primed { samples += stream.samples((stream.available ?? 0) * 2 / 3) }
          }
          try #require(primed)
          stream.endFeatures()
          #expect(stream.available == nil)
          samples += stream.samples(count - samples.count)
          #expect(samples == expected, "\(piece) frames at a time")
        }
      }
    }
  }

  @Test(arguments: names) func samplesBeyondTheFeaturesAreRefusedAndChangeNothing(name: String) throws {
    try withLoaded(name) { model, swift in
      let wanted = try #require(swift.configuration.conditioning.features)
      let stream = try stream(model, swift)
      var samples = [Float](repeating: 9, count: 1000)
      for known in [0, 4 * wanted.hopLength] {
        if known > 0 { stream.add(features: features[..<(3 * (4 + wanted.marginFrames))]) }
        #expect(stream.available == known)
        let text = "count is \(known + 1), and the features of the next \(known) samples are known"
        stream.with { stream in
          expect(KODAMA_USAGE, text) { kodama_stream_fill(stream, &samples, known + 1, $0) }
          expect(KODAMA_USAGE, text) { kodama_stream_prime(stream, samples, known + 1, $0) }
        }
        #expect(samples.allSatisfy { $0 == 9 })
        #expect(stream.available == known)
      }
      stream.add(features: features[(3 * (4 + wanted.marginFrames))...])
      stream.endFeatures()
      #expect(try stream.samples(100) == expected(100, of: swift))
    }
  }

  @Test(arguments: names) func forksShareTheirFeaturesAndTakeTheirOwn(name: String) throws {
    try withLoaded(name) { model, swift in
      let count = 8 * (try #require(swift.configuration.conditioning.features)).hopLength
      let expected = try expected(count, of: swift)
      let stream = try stream(model, swift, seed: 5)
      stream.add(features: features[..<12])
      let (same, other) = (try stream.forked(seed: 4), try stream.forked(seed: 4))
      #expect(same.available == stream.available && same.available != nil)
      same.add(features: features[12...])
      other.add(features: features[12...].map { -$0 })
      for fork in [same, other] {
        fork.endFeatures()
        #expect(fork.available == nil)
      }
      #expect(stream.available != nil)
      #expect(same.samples(count) == expected)
      #expect(other.samples(count) != expected)
      // What a fork was given counts as added.
      let late = try stream.forked(seed: 4)
      late.endFeatures()
      #expect(late.available == nil)
    }
  }

  @Test func framesThatCannotBeAreRefusedAndChangeNothing() throws {
    try withLoaded("transposed, context") { model, swift in
      let stream = try stream(model, swift)
      stream.with { stream in
        expect(KODAMA_USAGE, "no frame was added") { kodama_stream_end_features(stream, $0) }
        #expect(kodama_stream_add_features(stream, nil, 0, nil) == KODAMA_OK)
        expect(KODAMA_USAGE, "no frame was added") { kodama_stream_end_features(stream, $0) }
        expect(KODAMA_USAGE, "frames is NULL") { kodama_stream_add_features(stream, nil, 1, $0) }
        expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_add_features(nil, features, 1, $0) }
        expect(KODAMA_USAGE, "stream is NULL") { kodama_stream_end_features(nil, $0) }
        // SIZE_MAX, and frames whose numbers are more than there are addresses for.
        for count in [-1, Int.max / 4 / 3 + 1] {
          expect(KODAMA_USAGE, "count is \(UInt(bitPattern: count))") {
            kodama_stream_add_features(stream, features, count, $0)
          }
        }
        for value in [Float.nan, .infinity, -.infinity] {
          var damaged = features
          damaged[3 * 4 + 2] = value
          expect(KODAMA_BAD_DATA, "channel 2 of frame 4 is not a finite number") {
            kodama_stream_add_features(stream, damaged, Self.frames, $0)
          }
        }
        #expect(kodama_stream_available(stream) == 0)
      }
      stream.add(features: features)
      stream.endFeatures()
      stream.endFeatures()
      stream.with { stream in
        expect(KODAMA_USAGE, "were ended") { kodama_stream_add_features(stream, features, 1, $0) }
      }
      #expect(try stream.samples(80) == expected(80, of: swift))
    }
    #expect(kodama_stream_available(nil) == 0)
  }

  @Test func aModelWithoutFeaturesTakesNone() throws {
    try Models.withLoaded { model in
      let stream = try Stream(model, seed: 4)
      #expect(stream.available == nil)
      stream.with { stream in
        let text = "not conditioned on features"
        for count in [0, 1] {
          expect(KODAMA_USAGE, text) { kodama_stream_add_features(stream, features, count, $0) }
        }
        expect(KODAMA_USAGE, text) { kodama_stream_end_features(stream, $0) }
      }
      #expect(try stream.samples(60) == Models.expected(60, seed: 4))
    }
  }

  @Test func featuresMayComeBeforeLabels() throws {
    try withLoaded("labels") { model, swift in
      let stream = try Stream(model, seed: 4)
      stream.add(features: features)
      var sample: Float = 9
      stream.with { stream in
        #expect(kodama_stream_available(stream) == 8 * 80)
        expect(KODAMA_USAGE, "speaker=") { kodama_stream_fill(stream, &sample, 1, $0) }
        #expect(kodama_stream_set_label(stream, "speaker", "anna", nil) == KODAMA_OK)
      }
      #expect(try stream.samples(8 * 80) == expected(8 * 80, of: swift))
    }
  }

  /// Sums of floats overflow; integers end at their largest.
  @Test(arguments: [Precision.float32: KODAMA_BAD_DATA, .bfloat16: KODAMA_BAD_DATA, .int8: KODAMA_OK, .int4: KODAMA_OK])
  func hugeNumbersCrashNothing(precision: Precision, expected: kodama_status) throws {
    var configuration = Models.configuration
    configuration.conditioning = Conditioning(features: FeatureConditioning(.frames(channels: 3, hopLength: 4)))
    var model = try WaveNetModel(sampleRate: Models.sampleRate, configuration: configuration, seed: 3)
    model.parameters.scale(by: 4)
    let conditions = Conditions.none.with(FeatureSequence(features, channels: 3))
    let quantization = Quantization(precision)
    let swift =
      precision == .float32 ? InferenceModel(model) : try model.quantized(quantization, conditions: conditions)
    try Models.withLoaded(swift) { model in
      let stream = try Stream(model, seed: 4)
      let huge = Float.greatestFiniteMagnitude
      stream.add(features: [huge, -huge, huge, huge, huge, huge])
      stream.endFeatures()
      var samples = [Float](repeating: 9, count: 40)
      #expect(stream.with { kodama_stream_fill($0, &samples, samples.count, nil) } == expected)
      #expect(samples.allSatisfy { abs($0) <= 1 })
    }
  }

  @Test(
    .enabled(if: allocations_are_counted() != 0, "allocations are counted with glibc and without sanitizers"),
    .enabled(if: isOptimized, "without optimization the language itself takes memory"),
    arguments: [("linear, context", 259), ("transposed, context", 258), ("nearest", 260)])
  func fillingTakesMemoryOnceAFrame(name: String, samplesOfFrames: Int) throws {
    try withLoaded(name) { model, swift in
      let stream = try stream(model, swift)
      stream.add(features: features)
      stream.endFeatures()
      let fork = try stream.forked(seed: 1)
      for stream in [stream, fork] {
        var (sample, calls) = (Float(9), 0)
        stream.with { stream in
          for _ in 0..<4 * samplesOfFrames - 32 {
            let before = allocations_of_this_thread()
            _ = kodama_stream_available(stream)
            _ = kodama_stream_fill(stream, &sample, 1, nil)
            if allocations_of_this_thread() != before { calls += 1 }
          }
        }
        #expect(calls == 4)
        #expect(sample != 9)
      }
    }
  }
}
