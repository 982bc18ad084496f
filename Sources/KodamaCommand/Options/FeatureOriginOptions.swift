import ArgumentParser
import Kodama

/// Where the features beside a folder of recordings are.
struct FeatureOriginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of features beside the recordings, of a model that is conditioned on features. (default: log-mel features are computed)",
      valueName: "folder"))
  var features: String?
  @Option(
    help: ArgumentHelp(
      "The folder of second recordings beside the recordings, of a model that hears some. (default: none)",
      valueName: "folder"))
  var signal: String?

  var origin: FeatureOrigin { FeatureOrigin(folder: features, signal: signal) }
}
