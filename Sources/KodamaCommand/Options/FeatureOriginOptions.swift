import ArgumentParser
import Kodama

/// Where the features beside a folder of recordings are.
struct FeatureOriginOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder of the recordings' features, for a model that is conditioned on features. (default: log-mel features are computed from the recordings)",
      valueName: "folder"))
  var features: String?
  @Option(
    help: ArgumentHelp(
      "A folder of second recordings of the same names and lengths, for a model that hears one beside each. (default: none)",
      valueName: "folder"))
  var signal: String?

  var origin: FeatureOrigin { FeatureOrigin(folder: features, signal: signal) }
}
