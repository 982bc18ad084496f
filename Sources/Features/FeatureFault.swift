import KodamaCore
import KodamaWaveNets

/// Errors in the features that a network is conditioned on: their files, their convention, their lengths.
public enum FeatureFault: Fault, Equatable {
  /// The features of a folder have a different convention than the expected one.
  case otherConvention(path: String, differences: [String])
  /// A folder lacks the `features.json` with the convention of its features, which is required.
  case noConvention(folder: String)
  /// Log-mel features by a model's convention are requested, but the model is not conditioned on log-mel features.
  case notConditionedOnLogMel(name: String)
  /// Features are given to a model that is conditioned on a second recording.
  case featuresForSignal(folder: String)
  /// A model is conditioned on features whose folder was not given.
  case noFeatureFolder(FeatureConditioning)
  /// Refinement is requested for a model that is not conditioned on log-mel features.
  case cannotRefine(FeatureConditioning?)
  /// A file of features has no frames.
  case noFrames(path: String)
  /// A recording has no features.
  case missingFeatures(path: String, recording: String)
  /// Frames have the wrong number of channels.
  case otherChannels(path: String, channels: Int, expected: Int)
  /// The number of frames does not match the length of the recording.
  case otherLength(path: String, frames: Int, recording: String, samples: Int, hopLength: Int)
  /// A file of features was replaced while it was in use.
  case changedFeatures(path: String, problem: String)
  /// A recording has no second recording.
  case missingSignal(path: String, recording: String, reason: String)
  /// The second recording has a different length, in samples at the model's rate.
  case otherSignalLength(path: String, samples: Int, recording: String, expected: Int, sampleRate: Int)

  public var description: String {
    switch self {
    case .otherConvention(let path, let differences):
      "\(path): these are other features than those wanted: \(differences.joined(separator: "; ")); compute them again, or "
        + "give another folder"
    case .noConvention(let folder):
      "\(folder): there is no \(FeatureFolder.documentName) with the convention of the features, and the model requires "
        + "log-mel features of one convention; make the folder with kodama features, or train on features of another program "
        + "by giving their hop"
    case .notConditionedOnLogMel(let name):
      "\(name) is not conditioned on log-mel features; name a model that is, or give the convention of what to compute"
    case .featuresForSignal(let folder):
      "\(folder): the model is conditioned on a second recording, not on features; give a folder of recordings"
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
      "only log-mel features determine the spectrum of the sound, and the model is conditioned on "
        + (features?.text ?? "none") + "; leave the sound as the network made it"
    case .noFrames(let path): "\(path): there are no frames in it; give features of a sound"
    case .missingFeatures(let path, let recording):
      "\(path): there is no such file, and it must hold the features of \(recording); make it with kodama features"
    case .otherChannels(let path, let channels, let expected):
      "\(path): its frames have \(Plural.text(channels, "channel")), and \(expected) are wanted; give features of \(Plural.text(expected, "channel"))"
    case .otherLength(let path, let frames, let recording, let samples, let hop):
      "\(path): it holds \(Plural.text(frames, "frame")), and \(recording) has \(Plural.text(samples, "sample")), which at a hop of \(hop) are "
        + "\((samples + hop - 1) / hop)"
        + (samples % hop == 0 ? " or \(samples / hop + 1)" : "")
        + " frames; compute them again from this recording, with this hop"
    case .changedFeatures(let path, let problem):
      "\(path): it was replaced while in use: \(problem); leave features alone until the work is done"
    case .missingSignal(let path, let recording, let reason):
      "\(path): \(reason), and \(recording) needs a second recording of its name beside it; add it, or leave the first out"
    case .otherSignalLength(let path, let samples, let recording, let expected, let rate):
      "\(path): it has \(Plural.text(samples, "sample")) at \(rate) Hz, and \(recording) has \(expected); cut both to the same length"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .otherConvention, .noConvention, .noFrames, .otherChannels, .otherLength, .otherSignalLength, .changedFeatures:
      .badData
    case .missingFeatures, .missingSignal: .noInput
    case .featuresForSignal, .notConditionedOnLogMel, .noFeatureFolder, .cannotRefine: .usage
    }
  }
}
