import KodamaCore
import KodamaFeatures

/// What is missing or contradictory in the settings of a network's conditioning features.
public enum FeatureSettingsFault: Fault, Equatable {
  /// Features and second recordings.
  case featuresAndSignal
  /// A folder of features without their hop length.
  case noHop(folder: String)
  /// Features for a network that takes a second recording.
  case featuresForSignal
  /// No second recordings for a network that takes one.
  case noSignal
  /// Second recordings for a network that takes features, or nothing.
  case signalForFeatures
  /// No features for a network whose features cannot be computed from recordings.
  case noFeatures(channels: Int, hopLength: Int)
  /// Another hop than the network's.
  case otherHop(given: Int, expected: Int)
  /// Features in files, or second recordings, of recordings whose silence is cut.
  case trimming
  /// No second recordings beside those that are validated on.
  case noValidationSignal
  /// No features of the recordings that are validated on.
  case noValidationFeatures

  public var description: String {
    switch self {
    case .featuresAndSignal: "features: a network hears features or a second recording; leave out one of them"
    case .noHop(let folder):
      "features: \(folder) has no \(FeatureFolder.documentName) that says the hop of its features; give it, in samples"
    case .featuresForSignal: "features: the network hears a second recording; give that alone"
    case .noSignal: "signal: the network hears a second recording; give the folder of them"
    case .signalForFeatures: "signal: the network hears features, and no second recording; leave it out"
    case .noFeatures(let channels, let hop):
      "features: the network hears features of \(channels) channels every \(hop) samples that were made elsewhere; give the "
        + "folder of them"
    case .otherHop(let given, let expected): "feature hop: \(given) samples, and the network's is \(expected)"
    case .trimming:
      "trimming: features in files and second recordings belong to whole recordings; leave silence as it is, or have "
        + "log-mel features computed"
    case .noValidationSignal:
      "validation signal: the folder of recordings to validate on needs one of second recordings"
    case .noValidationFeatures: "validation features: the folder of recordings to validate on needs one of features"
    }
  }

  public var exitStatus: ExitStatus { .usage }
}
