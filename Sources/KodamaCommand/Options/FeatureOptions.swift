import ArgumentParser
import Kodama

/// The features for a model that is conditioned on features.
struct FeatureOptions: ParsableArguments {
  @Option(
    name: .customLong("mel-of"),
    help: ArgumentHelp(
      "Copy synthesis: generate this recording from its log-mel features alone, and print the distance of the copy. For a folder, copy all its recordings into the folder OUTPUT. (default: none)",
      valueName: "recording"), completion: .file())
  var recording: String?
  @Option(
    name: .customLong("features"),
    help: ArgumentHelp(
      "Conditioning features, [frames, channels], from kodama features or another program; - for standard input, where samples are written as soon as their frames arrive. (default: none)",
      valueName: "npy"), completion: .file())
  var file: String?
  @Option(
    help: ArgumentHelp(
      "A second recording to condition on, sample by sample, such as the dry signal of an amplifier. (default: none)",
      valueName: "recording"), completion: .file())
  var signal: String?
  @Flag(help: "With --mel-of: copy by Griffin and Lim's algorithm instead of the network, for comparison.")
  var griffinLim = false

  @Option(
    help: ArgumentHelp(
      "Match the output to its log-mel features, with n iterations of Griffin and Lim's algorithm, such as 30; 0 for filters alone. The sound is kept in memory until it is complete. (default: off)",
      valueName: "n"))
  var refine: Int?

  func validate() throws {
    if [recording, file, signal].count(where: { $0 != nil }) > 1 {
      throw ValidationError("give one of --mel-of, --features and --signal")
    }
    if griffinLim && recording == nil { throw ValidationError("--griffin-lim needs --mel-of") }
    guard let refine else { return }
    if !(0...10_000).contains(refine) { throw ValidationError("--refine must be 0 to 10,000, not \(refine)") }
    if (recording ?? file) == nil || isStream {
      throw ValidationError("--refine needs --mel-of, or --features from a file")
    }
    if griffinLim { throw ValidationError("--refine and --griffin-lim cannot be combined") }
  }

  /// The refinement of the sound; nil for none.
  var refinement: GriffinLim? { refine.map { GriffinLim(iterations: $0) } }

  /// Whether anything is given.
  var isEmpty: Bool { recording == nil && file == nil && signal == nil }

  /// Whether features are read from standard input.
  var isStream: Bool { file == "-" }
}

/// The source of the features of a folder of recordings.
struct FeatureOriginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder of the recordings' features, for a model that is conditioned on features. (default: log-mel features are computed from the recordings)",
      valueName: "folder"), completion: .directory)
  var features: String?
  @Option(
    help: ArgumentHelp(
      "A folder of second recordings of the same names and lengths, for a model that is conditioned on them. (default: none)",
      valueName: "folder"), completion: .directory)
  var signal: String?

  var origin: FeatureOrigin { FeatureOrigin(folder: features, signal: signal) }
}

/// The source of the features of the recordings of `--validation`.
struct ValidationOriginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder of features of the recordings in --validation. (default: log-mel features are computed from them)",
      valueName: "folder"), completion: .directory)
  var validationFeatures: String?
  @Option(
    help: ArgumentHelp(
      "A folder of second recordings for those in --validation, where --signal is given. (default: none)",
      valueName: "folder"), completion: .directory)
  var validationSignal: String?

  var origin: FeatureOrigin { FeatureOrigin(folder: validationFeatures, signal: validationSignal) }

  /// Throws where they are given without `--validation`.
  func check(validation: String?) throws {
    if validation == nil && (validationFeatures != nil || validationSignal != nil) {
      throw ValidationError("--validation-features and --validation-signal need --validation")
    }
  }
}
