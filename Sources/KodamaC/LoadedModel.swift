import KodamaGeneration
import KodamaWaveNets

/// What a `kodama_model` points to: a model made ready to generate. The one place that loads models and makes engines.
final class LoadedModel: Sendable {
  let engine: WaveNetEngine
  let sampleRate: Int

  /// - Throws: as `InferenceModel.load`, and `GenerationFault.notFinite`.
  init(path: String) throws {
    let model = try InferenceModel.load(path)
    engine = try WaveNetEngine(model)
    sampleRate = model.sampleRate
  }

  /// The features that it takes; nil for none.
  var features: FeatureConditioning? { engine.configuration.conditioning.features }
}
