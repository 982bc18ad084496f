import KodamaCore
import KodamaGeneration
import KodamaWaveNets

/// Signals drawn from a model, where nobody gives recordings.
package enum GeneratedCodes {
  /// Codes of `signals` signals, each `length` long: the same ones for the same seed. Where the model is conditioned,
  /// signal k has the labels of number k (see `Conditioning.conditions(number:)`).
  ///
  /// - Throws: `GenerationFault`.
  package static func make(
    _ model: WaveNetModel, signals: Int, length: Int, seed: UInt64, workers: Workers
  ) throws -> [[Int32]] {
    let engine = try WaveNetEngine(InferenceModel(model))
    let conditioning = model.configuration.conditioning
    var streams = WaveNetStreams(
      engine, conditions: (0..<signals).map { conditioning.conditions(number: $0) }, seed: seed)
    var samples = [[Float]](repeating: [Float](repeating: 0, count: length), count: signals)
    streams.fill(&samples, workers: workers)
    if !streams.streams.allSatisfy(\.logitsAreFinite) { throw GenerationFault.overflow(samples: length) }
    return samples.map { model.companding.encode($0) }
  }
}
