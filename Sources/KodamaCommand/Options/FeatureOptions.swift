import ArgumentParser
import Kodama

/// What a model that is conditioned on features is told of each moment.
struct FeatureOptions: ParsableArguments {
  @Option(
    name: .customLong("mel-of"),
    help: ArgumentHelp(
      "Copy synthesis: make this recording again from its log-mel features alone, and print how far the copy is from it. Of a folder, copy all its recordings into the folder OUTPUT. (default: none)",
      valueName: "recording"))
  var recording: String?
  @Option(
    name: .customLong("features"),
    help: ArgumentHelp(
      "Features to hear, [frames, channels], from kodama features or another program; - for standard input, where samples come as soon as their frames are there. (default: none)",
      valueName: "npy"))
  var file: String?
  @Option(
    help: ArgumentHelp(
      "A second recording to hear sample by sample, such as the dry signal of an amplifier. (default: none)",
      valueName: "recording"))
  var signal: String?
  @Flag(help: "With --mel-of: copy by Griffin and Lim's algorithm instead of the network, to compare with.")
  var griffinLim = false

  @Option(
    help: ArgumentHelp(
      "Bring what the network made closer to its log-mel features, with n iterations of Griffin and Lim's algorithm, such as 30; with 0 by filtering alone. The sound is kept in memory until it is whole. (default: leave it)",
      valueName: "n"))
  var refine: Int?

  func validate() throws {
    if [recording, file, signal].count(where: { $0 != nil }) > 1 {
      throw ValidationError("give one of --mel-of, --features and --signal")
    }
    if griffinLim && recording == nil { throw ValidationError("--griffin-lim goes with --mel-of") }
    guard let refine else { return }
    if !(0...10_000).contains(refine) { throw ValidationError("--refine must be 0 to 10,000, not \(refine)") }
    if (recording ?? file) == nil || isStream {
      throw ValidationError("--refine goes with --mel-of and with --features from a file")
    }
    if griffinLim { throw ValidationError("--refine and --griffin-lim do not go together") }
  }

  /// How the sound is brought closer to its features; nil: not.
  var refinement: GriffinLim? { refine.map { GriffinLim(iterations: $0) } }

  /// Whether anything is given.
  var isEmpty: Bool { recording == nil && file == nil && signal == nil }

  /// Whether features come through standard input.
  var isStream: Bool { file == "-" }
}
