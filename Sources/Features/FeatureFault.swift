import KodamaCore
import KodamaWaveNets

/// Errors in the features that condition a network: their files, their convention, their lengths.
public enum FeatureFault: Fault, Equatable {
  /// The features of a folder are of another convention than is wanted.
  case otherConvention(path: String, differences: [String])
  /// A folder has no `features.json` with the convention of its features, which must be known.
  case noConvention(folder: String)
  /// Log-mel features by a model's convention are requested, and the model is not conditioned on any.
  case hearsNoMel(name: String)
  /// Features are given to a model that is conditioned on a second recording.
  case featuresForSignal(folder: String)
  /// A model is conditioned on features that nobody gave the folder of.
  case noFeatureFolder(FeatureConditioning)
  /// Sound is to be refined that is made of other features than log-mel ones, or of none.
  case cannotRefine(FeatureConditioning?)
  /// A file of features has no frame.
  case noFrames(path: String)
  /// A recording has no features.
  case missingFeatures(path: String, recording: String)
  /// Frames have another number of channels.
  case otherChannels(path: String, channels: Int, expected: Int)
  /// There are too few or too many frames for a recording of some samples.
  case otherLength(path: String, frames: Int, recording: String, samples: Int, hopLength: Int)
  /// A file of features was replaced by another while it was in use.
  case changedFeatures(path: String, problem: String)
  /// A recording has no second one beside it.
  case missingSignal(path: String, recording: String, reason: String)
  /// The recording beside another is not as long, in samples at the model's rate.
  case otherSignalLength(path: String, samples: Int, recording: String, expected: Int, sampleRate: Int)

  public var description: String {
    switch self {
    case .otherConvention(let path, let differences):
      "\(path): these are other features than those wanted: \(differences.joined(separator: "; ")); compute them again, or "
        + "give another folder"
    case .noConvention(let folder):
      "\(folder): there is no \(FeatureFolder.documentName) that says how the features were computed, and the model hears "
        + "log-mel features of one convention; make the folder with kodama features, or train on features of another program "
        + "by giving their hop"
    case .hearsNoMel(let name):
      "\(name) hears no log-mel features; name a model that does, or give the convention of what to compute"
    case .featuresForSignal(let folder):
      "\(folder): the model hears a second recording, not features; give a folder of recordings"
    case .noFeatureFolder(let features):
      "the model is conditioned on \(features.text); "
        + {
          switch features.source {
          case .logMel:
            "they are computed from the recordings, or give a folder that kodama features made, and no second recordings"
          case .frames: "give the folder of them"
          case .signal: "give the folder of second recordings"
          }
        }()
    case .cannotRefine(let features):
      "only log-mel features say what the spectrum of the sound must be, and the model hears "
        + (features?.text ?? "no features") + "; leave the sound as the network made it"
    case .noFrames(let path): "\(path): there are no frames in it; give features of a sound"
    case .missingFeatures(let path, let recording):
      "\(path): there is no such file, and it must hold the features of \(recording); make it with kodama features"
    case .otherChannels(let path, let channels, let expected):
      "\(path): its frames have \(channels) channels, and \(expected) are wanted; give features of \(expected) channels"
    case .otherLength(let path, let frames, let recording, let samples, let hop):
      "\(path): it holds \(frames) frames, and \(recording) has \(samples) samples, which at a hop of \(hop) are "
        + "\((samples + hop - 1) / hop)"
        + (samples % hop == 0 ? " or \(samples / hop + 1)" : "")
        + " frames; compute them again from this recording, with this hop"
    case .changedFeatures(let path, let problem):
      "\(path): it was replaced while in use: \(problem); leave features alone until the work is done"
    case .missingSignal(let path, let recording, let reason):
      "\(path): \(reason), and \(recording) needs a second recording of its name beside it; add it, or leave the first out"
    case .otherSignalLength(let path, let samples, let recording, let expected, let rate):
      "\(path): it has \(samples) samples at \(rate) Hz, and \(recording) has \(expected); cut both to the same length"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .otherConvention, .noConvention, .noFrames, .otherChannels, .otherLength, .otherSignalLength, .changedFeatures:
      .badData
    case .missingFeatures, .missingSignal: .noInput
    case .featuresForSignal, .hearsNoMel, .noFeatureFolder, .cannotRefine: .usage
    }
  }
}
