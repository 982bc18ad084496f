import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import Testing

@testable import KodamaCompression

@Suite struct LogitComparisonTests {
  @Test func aModelDoesNotDifferFromItself() throws {
    let model = InferenceModel(Examples.model())
    let signals = [Examples.codes(model.configuration, count: 300), Examples.codes(model.configuration, count: 1)]
    let comparison = try LogitComparison(model, model, on: signals)
    #expect(comparison.samples == 301)
    #expect(comparison.bitsPerSample.before == comparison.bitsPerSample.after)
    #expect(comparison.signalToNoiseDecibels == .infinity)
  }

  @Test func bitsAreThoseOfTheNetwork() throws {
    let model = Examples.model()
    let quantized = try Quantizer(model, calibration: Examples.calibration(model)).quantized(Quantization(.int4))
    let signals = [600, 20].map { Examples.codes(model.configuration, count: $0) }
    let comparison = try LogitComparison(InferenceModel(model), quantized, on: signals, workers: Workers(threads: 3))
    #expect(try comparison == LogitComparison(InferenceModel(model), quantized, on: signals, workers: .serial))
    var bits = 0.0
    for codes in signals {
      var scorer = SequenceScorer(network: model.network, parameters: model.parameters, workspace: Workspace())
      scorer.add(codes.map { model.companding.decode(Int($0)) })
      scorer.finish()
      bits += scorer.bits
    }
    #expect(abs(comparison.bitsPerSample.before - bits / 620) < 1e-4)
    #expect(comparison.bitsPerSample.after != comparison.bitsPerSample.before)
  }

  /// The same number added to all logits changes no probability, and is no noise.
  @Test func whatChangesNoProbabilityIsNoNoise() throws {
    let model = Examples.model()
    var shifted = model
    shifted.parameters["head.1.bias"] = Tensor([32], model.parameters["head.1.bias"].elements.map { $0 + 1 })
    let codes = Examples.codes(model.configuration, count: 100)
    let comparison = try LogitComparison(InferenceModel(model), InferenceModel(shifted), on: [codes])
    #expect(comparison.signalToNoiseDecibels > 100)
    #expect(abs(comparison.bitsPerSample.before - comparison.bitsPerSample.after) < 1e-4)
  }
}
