import KodamaAudio
import KodamaCompression
import KodamaCore
import KodamaWaveNets

/// The recordings that a model is made smaller with: those it is calibrated on, and those it is compared on.
struct CompressionRecordings {
  /// Warnings about skipped, converted and unusable files.
  let warnings: [String]
  /// Those of the comparison; nil for the model's output.
  let scored: Recordings?
  private let calibration: Recordings?
  private let calibrationFeatures: FeatureReader?
  private let scoredFeatures: FeatureReader?
  private let workers: Workers

  /// Without recordings, models are compared on this amount of the original model's output.
  private static let generated = (signals: 4, seconds: 1.0, seed: UInt64(2))

  /// Reads the indexes of folders.
  ///
  /// - Throws: as `QuantizationJob`.
  init(
    for model: WaveNetModel, calibration: String?, scored: String?, labels: CorpusLabels, options: RecordingOptions,
    features: FeatureOrigin, scoredFeatures: FeatureOrigin, strict: Bool, workers: Workers
  ) throws {
    let conditioning = model.configuration.conditioning.features
    if conditioning != nil && calibration == nil { throw CompressionFault.needsRecordings }
    if conditioning == nil && (features != FeatureOrigin() || scoredFeatures != FeatureOrigin()) {
      throw WaveNetFault.notConditionedOnFeatures
    }
    var warnings: [String] = []
    func recordings(_ folder: String) throws -> Recordings {
      let index = try CorpusIndex.scan(
        folder, labels: labels, options: options, strict: strict, workers: workers)
      let recordings = try Recordings(
        index.sounding(), sampleRate: model.sampleRate, preemphasis: model.configuration.preemphasis, workers: workers)
      warnings += CorpusRemarks.list(index, [recordings])
      return recordings
    }
    self.calibration = try calibration.map(recordings)
    self.scored = try scored.map(recordings) ?? self.calibration
    calibrationFeatures = try self.calibration.flatMap {
      try features.reader(of: conditioning, beside: $0, workers: workers)
    }
    self.scoredFeatures =
      scored == nil
      ? calibrationFeatures
      : try self.scored.flatMap { try scoredFeatures.reader(of: conditioning, beside: $0, workers: workers) }
    self.warnings = warnings
    self.workers = workers
  }

  /// Observes a model on the recordings of the calibration; nil where there are none.
  ///
  /// - Throws: as `Calibration`.
  func observe(_ model: WaveNetModel) throws -> Calibration? {
    guard let calibration else { return nil }
    return try Calibration(
      model, on: calibration,
      features: { recording, steps in
        try calibrationFeatures.map { reader in
          let frames = try reader.window(of: recording, from: steps.lowerBound, steps: steps.count)
          return FeatureWindow(frames, shape: [1, frames.count / reader.features.channels, reader.features.channels])
        }
      }, workers: workers)
  }

  /// The codes and conditions of the compared signals.
  ///
  /// - Parameter seconds: the limit of recorded sound.
  /// - Throws: `AudioFault`, `FileFault`, `GenerationFault`; `WaveNetFault` where a recording lacks a label.
  func signals(of model: WaveNetModel, seconds: Double) throws -> ([[Int32]], [Conditions]) {
    let conditioning = model.configuration.conditioning
    guard let scored else {
      let codes = try GeneratedCodes.make(
        model, signals: Self.generated.signals, length: Int(Self.generated.seconds * Double(model.sampleRate)),
        seed: Self.generated.seed, workers: workers)
      return (codes, codes.indices.map { conditioning.conditions(number: $0) })
    }
    let heldOut = try HeldOutScore(scored, conditioning: conditioning, features: scoredFeatures, seconds: seconds)
    let codes = try heldOut.chosen.map { recording, samples in
      model.companding.encode(try scored.read(recording, 0..<samples))
    }
    return (codes, try heldOut.chosen.map { try heldOut.conditions(of: $0.recording, samples: $0.samples) })
  }
}
