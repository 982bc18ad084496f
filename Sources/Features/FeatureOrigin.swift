import KodamaAudio
import KodamaCore
import KodamaWaveNets

/// The location of the features of a folder of recordings, as specified by the user.
public struct FeatureOrigin: Sendable, Equatable {
  /// A folder of features, written by `kodama features` or as .npy files by another program; nil to compute log-mel
  /// features from the recordings.
  public var folder: String?
  /// A folder of second recordings of the same names and lengths.
  public var signal: String?

  /// An origin; without a folder, features are computed from the recordings.
  public init(folder: String? = nil, signal: String? = nil) {
    self.folder = folder
    self.signal = signal
  }

  /// A reader of the features of recordings; nil where the model is not conditioned on features.
  ///
  /// - Throws: `WaveNetFault.notConditionedOnFeatures`; `FeatureFault`, `CheckpointFault`, `FileFault`,
  ///   `AudioFault`: the first recording's fault.
  package func reader(
    of features: FeatureConditioning?, beside recordings: Recordings, workers: Workers
  ) throws -> FeatureReader? {
    guard let features else {
      if folder != nil || signal != nil { throw WaveNetFault.notConditionedOnFeatures }
      return nil
    }
    let source: any FeatureSource
    switch features.source {
    case .signal:
      if let folder { throw FeatureFault.featuresForSignal(folder: folder) }
      guard let signal else { throw FeatureFault.noFeatureFolder(features) }
      source = try SignalFeatures(folder: signal, of: recordings, workers: workers)
    case .logMel, .frames:
      if signal != nil { throw FeatureFault.noFeatureFolder(features) }
      if let folder {
        source = try StoredFeatures(FeatureFolder(folder), of: recordings, features: features, workers: workers)
      } else if case .logMel(let convention) = features.source {
        source = try ComputedFeatures(convention, of: recordings)
      } else {
        throw FeatureFault.noFeatureFolder(features)
      }
    }
    return FeatureReader(features: features, source: source)
  }
}
