import KodamaGeneration
import KodamaWaveNets

/// What a `kodama_model` points to: a model made ready to generate. The one place that loads models and makes engines.
final class LoadedModel: Sendable {
  let engine: WaveNetEngine
  let sampleRate: Int

  /// - Throws: as `InferenceModel.load`; `CallFault.features`, `GenerationFault.notFinite`.
  init(path: String) throws {
    let model = try InferenceModel.load(path)
    if let features = model.configuration.conditioning.features { throw CallFault.features(path: path, features) }
    engine = try WaveNetEngine(model)
    sampleRate = model.sampleRate
  }
}
