import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// Features that come as they become known, and those that a state keeps.
@Suite struct FeatureTests {
  private func engine(_ name: String) throws -> WaveNetEngine {
    let (network, parameters) = ConditionedExamples.network(name)
    return try WaveNetEngine(Examples.model(network, parameters, .float32))
  }

  /// However frames are cut, and however many steps are taken before the next ones come.
  @Test(arguments: ConditionedExamples.featureNames) func framesThatComeAsTheyBecomeKnownGiveTheSameSamples(
    name: String
  ) throws {
    let engine = try engine(name)
    let features = engine.configuration.conditioning.features!
    let count = 21 * features.hopLength
    let conditions = try ConditionedExamples.conditions(engine.configuration, samples: count)
    var expected = [Float](repeating: 0, count: count)
    var whole = WaveNetStream(engine, seed: 2, conditions: conditions)
    var span = expected.mutableSpan
    whole.fill(&span)
    #expect(whole.availableSamples == nil)

    var random = Philox(seed: 8)
    var stream = WaveNetStream(engine, seed: 2, conditions: conditions.with(nil))
    #expect(stream.availableSamples == 0)
    var (samples, sent) = ([Float](), 0)
    while samples.count < count {
      if sent < 21 {
        let more = min(21 - sent, 1 + random.integer(below: 3))
        stream.add(features: conditions.features!.frames(sent..<sent + more))
        sent += more
        // A sample needs its frame and the margin after it, and nothing more.
        #expect(stream.availableSamples == max(0, sent - features.marginFrames) * features.hopLength - samples.count)
        if sent == 21 { stream.endFeatures() }
      }
      let room = min(stream.availableSamples ?? count, count - samples.count)
      var block = [Float](repeating: 0, count: sent < 21 ? room * 2 / 3 : room)
      var span = block.mutableSpan
      stream.fill(&span)
      samples += block
    }
    #expect(samples == expected)
  }

  @Test(arguments: ConditionedExamples.featureNames) func statesKeepFramesThatCameAsTheyBecameKnown(name: String) throws
  {
    let engine = try engine(name)
    let hop = engine.configuration.conditioning.features!.hopLength
    let conditions = try ConditionedExamples.conditions(engine.configuration, samples: 40 * hop + 100)
    var stream = WaveNetStream(engine, seed: 1, conditions: conditions.with(nil))
    stream.add(features: conditions.features!.values)
    for _ in 0..<20 * hop + 3 { _ = stream.next() }
    var restored = WaveNetStream(try StreamState(stream.state.bytes, for: engine))
    #expect(restored.availableSamples == stream.availableSamples)
    stream.endFeatures()
    restored.endFeatures()
    let count = 25 * hop + 60
    #expect((0..<count).map { _ in restored.next() } == (0..<count).map { _ in stream.next() })
  }

  @Test func damagedFeaturesOfAStateAreRefused() throws {
    let engine = try engine("linear, context")
    var stream = WaveNetStream(
      engine, seed: 1, conditions: try ConditionedExamples.conditions(engine.configuration, samples: 60))
    for _ in 0..<13 { _ = stream.next() }
    let bytes = stream.state.bytes
    func isRefused(_ bytes: [UInt8]) -> Bool { (try? StreamState(bytes, for: engine)) == nil }
    #expect(!isRefused(bytes))
    for count in 1...200 { #expect(isRefused(Array(bytes.dropLast(count))), "without the last \(count) bytes") }
    #expect(isRefused(bytes + [0, 0, 0, 0]))
    // 10 frames of 4 numbers stand at the end, and before them the step, the first frame, the end and their number.
    let start = bytes.count - 4 * 40 - 32
    for word in 0..<4 {
      var damaged = bytes
      for index in 0..<8 { damaged[start + 8 * word + index] = 255 }
      #expect(isRefused(damaged), "word \(word)")
    }
    var notFinite = bytes
    for index in 1...4 { notFinite[bytes.count - index] = 255 }
    #expect(isRefused(notFinite))
  }
}
