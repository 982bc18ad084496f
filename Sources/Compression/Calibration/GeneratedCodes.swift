import KodamaCore
import KodamaGeneration
import KodamaWaveNets

/// Signals drawn from a model, where nobody gives recordings.
package enum GeneratedCodes {
  /// Codes of `signals` signals, each `length` long: the same ones for the same seed. Where the model is conditioned,
  /// signal k has the labels of number k (see `Conditioning.conditions(number:)`).
  ///
  /// - Parameter conditions: those of all signals; nil for the above.
  /// - Throws: `GenerationFault`; `CompressionFault.needsRecordings`.
  package static func make(
    _ model: WaveNetModel, signals: Int, length: Int, seed: UInt64, conditions: Conditions? = nil, workers: Workers
  ) throws -> [[Int32]] {
    // Nobody knows what a signal's features would be.
    if model.configuration.conditioning.features != nil && conditions?.features == nil {
      throw CompressionFault.needsRecordings
    }
    let engine = try WaveNetEngine(InferenceModel(model))
    let conditioning = model.configuration.conditioning
    let results = Locked([(codes: [Int32], areValid: Bool)](repeating: ([], true), count: signals))
    workers.forEach(parts: signals) { number in
      var stream = WaveNetStream(
        engine, seed: seed, number: number, conditions: conditions ?? conditioning.conditions(number: number))
      let codes = (0..<length).map { _ in Int32(stream.next()) }
      let areValid = stream.logitsAreFinite
      results.withLock { $0[number] = (codes, areValid) }
    }
    let signals = results.withLock { $0 }
    if !signals.allSatisfy(\.areValid) { throw GenerationFault.overflow(samples: length) }
    return signals.map(\.codes)
  }
}
