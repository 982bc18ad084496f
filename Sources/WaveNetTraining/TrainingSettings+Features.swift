import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaFeatures
import KodamaSignal
import KodamaTraining
import KodamaWaveNets

/// The features of a training run: what the network hears beside the samples, and where that comes from.
extension TrainingSettings {
  /// What `featureSource` says for log-mel features that are computed while training.
  static let computedFeatures = "mel"
  /// Frames of context of a network whose settings say nothing of its features: what r9y9's recipes have.
  private static let contextFrames = 2

  /// The folder of features; nil where they are computed, or where there are none.
  public var featureFolder: String? { featureSource == Self.computedFeatures ? nil : featureSource }

  /// The rate that features ask for, in Hz; nil where they ask for none.
  package func featureRate() throws -> Int? {
    if let features = architecture.conditioning.features {
      guard case .logMel(let convention) = features.source else { return nil }
      return convention.sampleRate
    }
    return try featureFolder.flatMap { try FeatureFolder($0).convention?.sampleRate }
  }

  /// The settings with features in the architecture, where the network is to hear any.
  ///
  /// - Parameter recording: the path of one of the recordings.
  /// - Throws: `WaveNetFault.outOfRange`; `FeatureFault`, `CheckpointFault`, `FileFault` where a
  ///   folder of features is not as it should be.
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

  /// What a network that hears nothing yet is to hear.
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

  /// Throws unless the settings say where the features come from that the network hears.
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

  /// Reads the features beside recordings that are learned from, or of the share of them that is kept back; nil where the
  /// network hears none.
  ///
  /// - Throws: `FeatureFault`, `CheckpointFault`, `FileFault`, `AudioFault`: the first recording's fault.
  package func reader(beside recordings: Recordings, workers: Workers) throws -> FeatureReader? {
    try FeatureOrigin(folder: featureFolder, signal: signal).reader(
      of: architecture.conditioning.features, beside: recordings, workers: workers)
  }

  /// Reads the features beside recordings in a folder of their own that are validated on.
  ///
  /// - Throws: as above; `FeatureSettingsFault` where their place is not given.
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
