import KodamaCore
import KodamaFeatures

/// Missing or contradictory settings of a network's conditioning features.
public enum FeatureSettingsFault: Fault, Equatable {
  /// Both features and second recordings.
  case featuresAndSignal
  /// A folder of features without a hop length.
  case noHop(folder: String)
  /// Features for a network that is conditioned on a second recording.
  case featuresForSignal
  /// No second recordings for a network that is conditioned on one.
  case noSignal
  /// Second recordings for a network that is conditioned on features, or on none.
  case signalForFeatures
  /// No features for a network whose features cannot be computed from recordings.
  case noFeatures(channels: Int, hopLength: Int)
  /// A hop other than the network's.
  case otherHop(given: Int, expected: Int)
  /// Features in files, or second recordings, for recordings whose silence is trimmed.
  case trimming
  /// No second recordings for the validation recordings.
  case noValidationSignal
  /// No features of the validation recordings.
  case noValidationFeatures

  public var description: String {
    switch self {
    case .featuresAndSignal:
      "features: a network is conditioned on features or on a second recording; leave out one of them"
    case .noHop(let folder):
      "features: \(folder) has no \(FeatureFolder.documentName) with the hop of its features; give it, in samples"
    case .featuresForSignal: "features: the network is conditioned on a second recording; give that alone"
    case .noSignal: "signal: the network is conditioned on a second recording; give the folder of them"
    case .signalForFeatures: "signal: the network is conditioned on features, not on a second recording; leave it out"
    case .noFeatures(let channels, let hop):
      "features: the network is conditioned on features of \(channels) channels every \(hop) samples from files; give the "
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
