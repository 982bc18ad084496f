import KodamaCore
import KodamaLayers
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// What an engine asks of embeddings of labels.
@Suite struct LabelTests {
  @Test func enginesOfOtherEmbeddingsTakeNoStates() throws {
    var (network, parameters) = ConditionedExamples.network("labels")
    let state = WaveNetStream(
      try WaveNetEngine(network, parameters), seed: 1,
      conditions: network.configuration.conditioning.conditions(number: 0)
    ).state.bytes
    parameters["labels.1.weight"].changeElements { $0[0] += 1 }
    let other = try WaveNetEngine(network, parameters)
    #expect(throws: GenerationFault.self) { try StreamState(state, for: other) }
    for name in ["labels.0.weight", "blocks.1.labels.weight"] {
      (network, parameters) = ConditionedExamples.network("labels")
      parameters[name].changeElements { $0[1] = .nan }
      #expect(throws: GenerationFault.notFinite(parameter: name)) {
        try WaveNetEngine(InferenceModel(network, parameters, sampleRate: 8000))
      }
    }
  }
}
