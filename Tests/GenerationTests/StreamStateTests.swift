import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

@Suite struct StreamStateTests {
  private func codes(_ count: Int, of stream: inout WaveNetStream) -> [Int] { (0..<count).map { _ in stream.next() } }

  @Test(arguments: Precision.allCases, [false, true])
  func aStateGoesOnWhereItWasTakenAlsoFromBytes(precision: Precision, looked: Bool) throws {
    let model = Examples.model("tiny", precision)
    var stream = WaveNetStream(try WaveNetEngine(model), seed: 4)
    _ = codes(70, of: &stream)
    if looked { _ = stream.logits }
    let state = stream.state
    let bytes = state.bytes
    let expected = codes(90, of: &stream)
    var restored = WaveNetStream(state)
    #expect(codes(90, of: &restored) == expected)
    // Another engine of the same model, as another run of a program has.
    var again = WaveNetStream(try StreamState(bytes, for: WaveNetEngine(model)))
    #expect(codes(90, of: &again) == expected)
    stream.state = state
    #expect(codes(90, of: &stream) == expected)
  }

  /// The same weights, and another embedding, or other dilations of the same sum.
  @Test func theStateOfAnotherModelIsRefused() throws {
    let model = Examples.model("plain", .float32)
    var configuration = model.configuration
    configuration.dilations = [4, 2, 1, 1, 2]
    let network = WaveNet(configuration)
    var parameters = Examples.network("plain").1
    let engine = try WaveNetEngine(model)
    let bytes = WaveNetStream(engine, seed: 1).state.bytes
    #expect(throws: GenerationFault.self) {
      try StreamState(bytes, for: WaveNetEngine(InferenceModel(network, parameters, sampleRate: 8000)))
    }
    parameters["embedding.weight"].changeElements { $0[0] += 1 }
    #expect(throws: GenerationFault.self) {
      try StreamState(
        bytes, for: WaveNetEngine(InferenceModel(WaveNet(model.configuration), parameters, sampleRate: 8000)))
    }
  }

  @Test func damagedStatesAreRefused() throws {
    let engine = try WaveNetEngine(Examples.model("plain", .int8))
    var stream = WaveNetStream(engine, seed: 4)
    _ = stream.next()
    let bytes = stream.state.bytes
    func refusal(_ bytes: [UInt8], for engine: WaveNetEngine) -> GenerationFault? {
      do {
        _ = try StreamState(bytes, for: engine)
        return nil
      } catch { return error }
    }
    for count in [0, 3, 8, 40, bytes.count - 1] { #expect(refusal(Array(bytes.prefix(count)), for: engine) != nil) }
    #expect(refusal(bytes + [0], for: engine) != nil)
    #expect(refusal(bytes, for: try WaveNetEngine(Examples.model("plain", .float32))) != nil)
    for place in [0, 9, 8 + 8 * 4 + 7, 8 + 8 * 5, 8 + 8 * 6 + 5, 8 + 8 * 7 + 3] {
      var damaged = bytes
      damaged[place] ^= 0xff
      #expect(refusal(damaged, for: engine)?.exitStatus == .badData, "byte \(place)")
    }
    // The last of all random numbers.
    var late = bytes
    for index in 8 + 8 * 3..<8 + 8 * 4 { late[index] = 0xff }
    var atTheEnd = WaveNetStream(try StreamState(late, for: engine))
    #expect((0..<5).allSatisfy { _ in (0..<9).contains(atTheEnd.next()) })
    // A ring's place beyond its end.
    var damaged = bytes
    let slot = 8 + 8 * 8 + engine.layout.delays[1].slot
    for index in slot..<slot + 4 { damaged[index] = 0xff }
    #expect(refusal(damaged, for: engine) == .state("a cache's index is beyond its ring"))
  }
}
