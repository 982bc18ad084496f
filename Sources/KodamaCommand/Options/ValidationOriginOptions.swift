import ArgumentParser
import Kodama

/// Where the features beside the recordings of `--validation` are.
struct ValidationOriginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder of features of the recordings in --validation. (default: log-mel features are computed from them)",
      valueName: "folder"))
  var validationFeatures: String?
  @Option(
    help: ArgumentHelp(
      "A folder of second recordings beside those in --validation, where --signal is given. (default: none)",
      valueName: "folder"))
  var validationSignal: String?

  var origin: FeatureOrigin { FeatureOrigin(folder: validationFeatures, signal: validationSignal) }

  /// Throws where they are given and the recordings that they belong to are not.
  func check(validation: String?) throws {
    if validation == nil && (validationFeatures != nil || validationSignal != nil) {
      throw ValidationError("--validation-features and --validation-signal belong to the recordings of --validation")
    }
  }
}
