import KodamaGeneration
import KodamaSignal
import KodamaWaveNets

/// What a `kodama_model` points to: a model made ready to generate. The one place that loads models and makes engines.
final class LoadedModel: Sendable {
  let engine: WaveNetEngine
  let companding: MuLaw
  let sampleRate: Int
  let receptiveField: Int

  /// - Throws: as `WaveNetModel.load`, and `GenerationFault.notFinite`.
  init(path: String) throws {
    let model = try WaveNetModel.load(path)
    engine = try WaveNetEngine(model.network, model.parameters)
    companding = model.companding
    sampleRate = model.sampleRate
    receptiveField = model.configuration.receptiveField
  }
}
