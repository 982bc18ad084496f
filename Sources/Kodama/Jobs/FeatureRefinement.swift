import KodamaCore
import KodamaSignal
import KodamaSpectra
import KodamaWaveNets

/// Matches the output of a model to its log-mel features (see `LogMel.refined`).
struct FeatureRefinement: Sendable {
  private let logMel: LogMel
  private let phases: GriffinLim

  /// - Throws: `FeatureFault.cannotRefine`, `SpectraFault.badConvention`.
  init(_ features: FeatureConditioning?, phases: GriffinLim) throws {
    guard case .logMel(let convention) = features?.source else { throw FeatureFault.cannotRefine(features) }
    logMel = try LogMel(convention)
    self.phases = phases
  }

  /// Refines the start of a signal with these features; the result is within full scale.
  ///
  /// - Parameter shouldStop: called before the filters and before each iteration.
  /// - Throws: `SpectraFault.notFinite`; `Stopped`.
  func callAsFunction(
    _ samples: [Float], to features: FeatureSequence, workers: Workers, shouldStop: () -> Bool
  ) throws -> [Float] {
    if shouldStop() { throw Stopped() }
    let count = logMel.convention.frames(ofSamples: samples.count)
    let wanted = Spectrogram(frames: count, bands: features.channels, values: features.frames(0..<count))
    let refined = try logMel.refined(samples, to: wanted, phases: phases, workers: workers) { _ in
      if shouldStop() { throw Stopped() }
    }
    return refined.map { max(-1, min(1, $0)) }
  }
}

/// Ends an algorithm where stopping was requested.
struct Stopped: Error {}
