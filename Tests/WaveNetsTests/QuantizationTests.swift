import KodamaInference
import KodamaCore
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct QuantizationTests {
  @Test func theLongestPathCounts() {
    let quantization = Quantization(
      .int4, keeping: ["blocks": .int8, "blocks.1": .bfloat16, "blocks.1.skip": .float32, "head.1": .float32])
    #expect(quantization.precision(of: "blocks.0.dilated") == .int8)
    #expect(quantization.precision(of: "blocks.10.dilated") == .int8)
    #expect(quantization.precision(of: "blocks.1.dilated") == .bfloat16)
    #expect(quantization.precision(of: "blocks.1.skip") == .float32)
    #expect(quantization.precision(of: "head.0") == .int4)
    #expect(quantization.precision(of: "head.1") == .float32)
  }

  @Test func thePathsAreThoseOfLayersAndWhatHoldsThem() {
    let configuration = WaveNetConfiguration(dilations: [1, 2], residualChannels: 2, gateChannels: 2, skipChannels: 2)
    #expect(
      Quantization.paths(of: configuration) == [
        "blocks", "blocks.0", "blocks.0.dilated", "blocks.0.skip", "blocks.0.residual", "blocks.1", "blocks.1.dilated",
        "blocks.1.skip", "head", "head.0", "head.1",
      ])
  }

  @Test func theModelSaysItsPrecisionsInTheFewestWords() throws {
    let plain = InferenceModel(
      try WaveNetModel(sampleRate: 8000, configuration: Examples.configurations["plain"]!, seed: 3))
    #expect(plain.quantization == nil)
    for quantization in [
      Quantization(.bfloat16), Quantization(.int8, keeping: ["head": .float32, "blocks.3": .bfloat16]),
      Quantization(.int4, keeping: ["blocks.2.dilated": .float32, "head.1": .int8]),
    ] {
      var random = Philox(seed: 2)
      let model = plain.mapLayers {
        $0.withRandomWeights(quantization.precision(of: $0.path), inputScale: 0.1, &random)
      }
      #expect(model.quantization == quantization)
    }
  }
}
