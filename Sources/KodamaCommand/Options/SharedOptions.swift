import ArgumentParser
import Kodama

/// The number of threads.
struct ThreadOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The number of threads. The result does not depend on it. (default: one for each processor)", valueName: "n"))
  var threads: Int?

  func validate() throws {
    if let threads, threads < 1 || threads > 1024 {
      throw ValidationError("--threads must be 1 to 1024, not \(threads)")
    }
  }

  /// The processors of this one of several processes; nil for all.
  var share: Workers?

  var workers: Workers { threads.map(Workers.init) ?? share ?? .all }

  private enum CodingKeys: CodingKey { case threads }
}

/// The name of an output.
enum OutputName {
  /// The name itself. An empty one is most often an unset variable of a script, and names appended to it would be at
  /// the root of the file system.
  static func checked(_ text: String) throws -> String {
    if text.isEmpty { throw ValidationError("the name is empty") }
    return text
  }

  /// The name of an output that is not written to standard output.
  static func file(_ text: String) throws -> String {
    if text == "-" { throw ValidationError("- is no file here; give a name, such as /dev/stdout, or ./- for this one") }
    return try checked(text)
  }
}

/// Whether an existing output may be replaced.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Replace an output that exists.")
  var force = false

  var existing: AtomicFile.Existing { force ? .replace : .refuse }
}

/// Which weights of a training run are used.
struct WeightOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The weights after a step, or their moving average. (default: of a run those that were best on held-out recordings, else average where it exists)"
    ))
  var weights: ModelWeights?

  /// The model of a path; of a run, what was chosen is printed.
  func location(of model: String, quiet: Bool) throws -> ModelLocation {
    let location = try ModelLocation(model, weights: weights)
    if !quiet, let best = location.best {
      let measure = ((try? RunFolder(model).taskMeasures()) ?? .ofSamples).criterion
      Terminal.note(
        "model       step \(Format.count(best.step)), the best on held-out recordings: \(location.weights.rawValue) weights"
          + (location.weights == best.weights ? ", \(MeasuredValue(measure, best.loss).text)" : ""))
    }
    return location
  }
}

extension ModelWeights: ExpressibleByArgument {}

/// The precision that a model is converted to when it is loaded.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The precision of weights and inputs; a model in f32 is quantized when it is loaded. (default: the model's own)"))
  var precision: Precision?
}

extension Precision: ExpressibleByArgument {}

extension ChannelChoice: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}

/// How recordings are mixed down.
struct ChannelOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The channel of files with several: left, right, or a number from 1; mix is the mean of all. (default: mix)",
      valueName: "channel"), completion: .list(["mix", "left", "right", "1", "2"]))
  var channel: ChannelChoice?

  var choice: ChannelChoice { channel ?? .mix }
}

/// How recordings are mixed down, and what counts as silence.
struct RecordingArguments: ParsableArguments {
  @OptionGroup var channels: ChannelOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Leave out files with nothing louder than this level of full scale in any 20 ms. (default: -60)", valueName: "dB")
  )
  var silence: Double?

  func validate() throws {
    if let silence, !RecordingOptions.silenceRange.contains(silence) {
      throw ValidationError("--silence must be -200 to 0 dB, not \(silence)")
    }
  }

  var options: RecordingOptions {
    RecordingOptions(channel: channels.choice, silence: silence ?? RecordingOptions.standardSilence)
  }
}

/// Which recordings are used, and the source of their labels.
struct CorpusOptions: ParsableArguments {
  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp(
      "A CSV file with the column path and a column for each label set: only the files it lists belong to the corpus. Without it the first folder's name is a file's \"label\".",
      valueName: "csv"), completion: .file())
  var labelFile: String?

  @Option(
    help: ArgumentHelp(
      "A regular expression that finds labels in file names, such as '(?<digit>\\d)_(?<speaker>\\w+)_': the names of its groups are the label sets. With a / it is matched with the whole path. (default: none)",
      valueName: "regex"))
  var labelPattern: String?

  @Flag(help: "Make a file that cannot be used an error (65) instead of leaving it out.")
  var strict = false

  func validate() throws {
    if labelFile != nil && labelPattern != nil { throw ValidationError("give --labels or --label-pattern, not both") }
  }

  var labels: CorpusLabels {
    get throws {
      if let labelPattern { return .pattern(try LabelPattern(labelPattern)) }
      return labelFile.map { .csv(path: $0) } ?? .folders
    }
  }
}

extension Duration {
  /// The length of time of an option.
  ///
  /// - Throws: `ValidationError` with an example of a valid length of time.
  init(ofOption option: String, _ text: String) throws {
    if let duration = Duration(argument: text) {
      self = duration
    } else if let number = Double(text), number >= 0, number.isFinite {
      throw ValidationError("\(option) \(text) has no unit; say \(text)s, \(text)m, \(text)h or \(text)d")
    } else {
      throw ValidationError("\(option) \(text) is not a length of time such as 90s, 15m, 2h, 1h30m or 1d")
    }
  }
}
