import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaFeatures
import KodamaSignal
import KodamaTraining
import KodamaWaveNets

/// The conditioning features of a training run, and their source.
extension TrainingSettings {
  /// The `featureSource` of log-mel features that are computed during training.
  static let computedFeatures = "mel"
  /// The default number of context frames: that of r9y9's recipes.
  private static let contextFrames = 2

  /// The folder of features; nil where they are computed, or there are none.
  public var featureFolder: String? { featureSource == Self.computedFeatures ? nil : featureSource }

  /// Whether parts of files may be used: features and second recordings in files belong to whole ones.
  package var allowsPartsOfFiles: Bool { featureFolder == nil && signal == nil }

  /// The rate of the features' convention, in Hz; nil without one.
  package func featureRate() throws -> Int? {
    if let features = architecture.conditioning.features {
      guard case .logMel(let convention) = features.source else { return nil }
      return convention.sampleRate
    }
    return try featureFolder.flatMap { try FeatureFolder($0).convention?.sampleRate }
  }

  /// The settings with conditioning features in the architecture, where there are any.
  ///
  /// - Parameter recording: the path of one of the recordings.
  /// - Throws: `WaveNetFault.outOfRange`; `FeatureFault`, `CheckpointFault`, `FileFault` where a folder of features is
  ///   invalid.
  package func conditionedOnFeatures(sampleRate: Int, recording: String) throws -> TrainingSettings {
    if featureSource != nil && signal != nil {
      throw FeatureSettingsFault.featuresAndSignal
    }
    var settings = self
    if architecture.conditioning.features == nil {
      settings.architecture.conditioning.features = try newFeatures(sampleRate: sampleRate, recording: recording)
    }
    guard let conditioning = settings.architecture.conditioning.features else { return settings }
    try settings.checkSource(of: conditioning)
    try settings.architecture.validate(source: "settings")
    try conditioning.validate(sampleRate: sampleRate, source: "settings")
    return settings
  }

  /// The features for a network that is not conditioned on features yet.
  private func newFeatures(sampleRate: Int, recording: String) throws -> FeatureConditioning? {
    if signal != nil { return FeatureConditioning(.signal) }
    if featureSource == nil { return nil }
    guard let featureFolder else {
      return FeatureConditioning(.logMel(.standard(sampleRate: sampleRate)), contextFrames: Self.contextFrames)
    }
    let folder = try FeatureFolder(featureFolder)
    if let convention = folder.convention {
      return FeatureConditioning(.logMel(convention), contextFrames: Self.contextFrames)
    }
    guard let featureHop else {
      throw FeatureSettingsFault.noHop(folder: featureFolder)
    }
    let channels = try folder.open(recording).columns
    return FeatureConditioning(.frames(channels: channels, hopLength: featureHop), contextFrames: Self.contextFrames)
  }

  /// Throws where the settings do not specify the source of the conditioning features.
  private func checkSource(of conditioning: FeatureConditioning) throws {
    if let featureHop, featureHop != conditioning.hopLength {
      throw FeatureSettingsFault.otherHop(given: featureHop, expected: conditioning.hopLength)
    }
    switch conditioning.source {
    case .signal:
      if featureSource != nil { throw FeatureSettingsFault.featuresForSignal }
      if signal == nil { throw FeatureSettingsFault.noSignal }
    case .logMel, .frames:
      if signal != nil { throw FeatureSettingsFault.signalForFeatures }
    }
    if case .frames(let channels, let hop) = conditioning.source, featureFolder == nil {
      throw FeatureSettingsFault.noFeatures(channels: channels, hopLength: hop)
    }
    if trimming != nil && (featureFolder != nil || signal != nil) { throw FeatureSettingsFault.trimming }
  }

  /// The reader of the features of training recordings, or of the held-out share of them; nil where the network is not
  /// conditioned on features.
  ///
  /// - Throws: `FeatureFault`, `CheckpointFault`, `FileFault`, `AudioFault`: the first recording's fault.
  package func reader(beside recordings: Recordings, workers: Workers) throws -> FeatureReader? {
    try FeatureOrigin(folder: featureFolder, signal: signal).reader(
      of: architecture.conditioning.features, beside: recordings, workers: workers)
  }

  /// The reader of the features of validation recordings in a folder of their own.
  ///
  /// - Throws: as above; `FeatureSettingsFault` where their folder is not given.
  package func validationReader(beside recordings: Recordings, workers: Workers) throws -> FeatureReader? {
    switch architecture.conditioning.features?.source {
    case .signal where validationSignal == nil: throw FeatureSettingsFault.noValidationSignal
    case .frames where validationFeatures == nil: throw FeatureSettingsFault.noValidationFeatures
    default:
      return try FeatureOrigin(folder: validationFeatures, signal: validationSignal).reader(
        of: architecture.conditioning.features, beside: recordings, workers: workers)
    }
  }
}
