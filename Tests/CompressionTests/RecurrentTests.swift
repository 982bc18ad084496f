import KodamaInference
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import Testing

@testable import KodamaCompression

@Suite struct RecurrentTests {
  /// States lie in (−1, 1), and so does what their integers represent.
  @Test func statesAreQuantizedWithinTheirRange() throws {
    let model = Examples.model("recurrent")
    let calibration = try Examples.calibration(model)
    let int8 = Quantizer(model, calibration: calibration).quantized(Quantization(.int8))
    let hidden = try #require(int8.layers.first { $0.path == "recurrent.hidden" })
    let input = try #require(hidden.input)
    #expect(input.zeroPoint == 128 && input.limit > 0.1 && input.limit <= 1.01)
    #expect(int8.layers.first { $0.path == "head.0" }?.input?.zeroPoint == 128)
    #expect(int8.layers.first { $0.path == "head.1" }?.input?.zeroPoint == 0)
  }

  /// What the observed layer takes is the state before each step.
  @Test func theStateBeforeEachStepIsObserved() throws {
    let model = Examples.model("recurrent")
    let observed = try Examples.calibration(model).inputs(ofLayer: "recurrent.hidden")
    let network = model.network
    let signal = Examples.signal(model.configuration).stretches[0]
    let input = network.input(previous: signal.previous, shape: [1, signal.previous.count])
    let states = network.skipSums(input, Pass(model.parameters)).value.elements
    let units = 20
    #expect(observed.width == units && observed.steps == 400)
    #expect(observed.values[..<units].allSatisfy { $0 == 0 })
    for (a, b) in zip(observed.values[units...], states) { #expect(abs(a - b) < 1e-6) }
    #expect(observed.values.contains { abs($0) > 0.1 })
  }

  @Test func channelsAreNotRemoved() {
    #expect(throws: CompressionFault.recurrentChannels) {
      try ChannelPruner(Examples.model("recurrent"), sparsity: 0.5)
    }
  }
}
