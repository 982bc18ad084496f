import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// The beginning of a signal, where all past inputs are 0 in whatever form a layer takes them.
@Suite struct BeginningTests {
  /// A model whose layers have the inputs of 8 bits that `precision` takes.
  private func model(_ precision: Precision, pastTaps: Bool) -> InferenceModel {
    let (network, parameters) = Examples.network("kernel 3, no biases")
    return InferenceModel(network, parameters, sampleRate: 8000).mapLayers { layer in
      let weights = layer.dequantized.enumerated().map { index, weight in
        // The last tap is the present one.
        pastTaps || index % layer.taps == layer.taps - 1 ? Int8((weight * 10).rounded()) : 0
      }
      let groups = Precision.groups(channels: layer.channels)
      let isRectified = layer.path.hasPrefix("head")
      return layer.with(
        precision == .int8
          ? .int8(weights, scales: [Float](repeating: 0.1, count: layer.outputs))
          : .int4(weights, scales: [Float](repeating: 0.1, count: layer.outputs * layer.taps * groups)),
        input: InputQuantization(scale: isRectified ? 0.01 : 0.02, zeroPoint: isRectified ? 0 : 128))
    }
  }

  /// At the first step past taps see nothing but 0, so a model without them gives the same.
  @Test(arguments: [Precision.int8, .int4]) func pastInputsAreZero(precision: Precision) throws {
    var with = WaveNetStream(try WaveNetEngine(model(precision, pastTaps: true)), seed: 1)
    var without = WaveNetStream(try WaveNetEngine(model(precision, pastTaps: false)), seed: 1)
    let first = without.logits
    expectClose(with.logits, first, tolerance: 1e-5)
    // And later they do not, or the first step would say nothing.
    _ = with.next()
    _ = without.next()
    let difference = disagreement(with.logits, without.logits, floor: 1e-6).relative
    #expect(difference > 1e-2 && difference.isFinite)
  }
}
