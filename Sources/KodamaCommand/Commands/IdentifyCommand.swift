import ArgumentParser
import Kodama

/// The likeliest labels of recordings.
struct IdentifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identify",
    abstract: "Find the labels of recordings: those under which a model needs the fewest bits.",
    discussion: """
      Every recording is scored under every combination of the model's labels. Of several sets, such as speaker and \
      digit, each is found by itself: a label's probability is the mean over all labels of the others. The margin is what \
      the second likeliest label needs more, in bits of the whole recording and per sample; a small one is a guess. Where \
      recordings have known labels, the share of right ones follows, and which were taken for which.
      """)

  @Argument(help: "A model folder, a checkpoint or a run, trained with --condition.", completion: .directory)
  var model: String
  @Argument(help: "Recordings, and folders of recordings; - for one from standard input.", completion: .file())
  var files: [String]
  @Option(
    name: .customLong("label"), parsing: .singleValue,
    help: ArgumentHelp(
      "Compare these labels alone, such as digit=1/2/3; one alone is taken as known, such as speaker=george. (default: all labels of every set)",
      valueName: "set=label"), completion: .labels)
  var candidates: [String] = []
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var recordings: RecordingArguments
  @OptionGroup var corpusOptions: CorpusOptions
  @OptionGroup var origin: FeatureOriginOptions
  @Flag(help: "Print JSON, with the bits of every label.") var json = false
  @Flag(help: "Show no progress and no warnings.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    let location = try ModelLocation(self.model, weights: weights.weights)
    let model = try InferenceModel.load(location, precision: precision.precision, workers: threads.workers)
    let job = try IdentificationJob(
      model: model, sources: files, candidates: candidates, labels: corpusOptions.labels, options: recordings.options,
      features: origin.origin, strict: corpusOptions.strict, workers: threads.workers)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let progress = ProgressLine(quiet: quiet)
    let result = try job.identify { done, total in
      progress.update(share: Double(done) / Double(max(1, total)), "\(done) of \(total) files")
    }
    progress.close()
    if json { return try Terminal.data(JSONText.of(result)) }
    try Terminal.text(Self.table(result))
    for accuracy in result.accuracy { try Terminal.text("\n" + Self.text(accuracy)) }
  }

  /// A row for each recording: of each set the label and the margin, and the known label where it is another.
  private static func table(_ result: IdentificationResult) -> String {
    let names = result.files.first?.sets.map(\.name) ?? []
    let known = Set(result.accuracy.filter { $0.right < $0.known || $0.otherLabels > 0 }.map(\.name))
    let titles = names.flatMap { [$0, "margin", "per sample"] + (known.contains($0) ? ["is"] : []) }
    let rows = result.files.map { file in
      [file.path]
        + file.sets.flatMap { set in
          [
            set.label, set.marginBits.map { Format.decimal($0, 1) } ?? "-",
            set.marginBitsPerSample.map { Format.decimal($0, 4) } ?? "-",
          ] + (known.contains(set.name) ? [set.knownLabel.map { $0 == set.label ? "" : $0 } ?? "unknown"] : [])
        }
    }
    return Format.table([["file"] + titles] + rows)
  }

  /// How many are right, and which labels were taken for which.
  private static func text(_ accuracy: IdentificationResult.Accuracy) -> String {
    let share = Format.decimal(100 * Double(accuracy.right) / Double(max(1, accuracy.known)), 1)
    var text = "\(accuracy.name): \(Format.count(accuracy.right)) of \(Format.count(accuracy.known)) right, \(share) %"
    if accuracy.otherLabels > 0 {
      text += "; \(Format.count(accuracy.otherLabels)) of other labels, not counted"
    }
    // A wide table is for the JSON.
    if accuracy.right == accuracy.known || accuracy.labels.count > widestTable { return text }
    let rows = zip(accuracy.labels, accuracy.confusion).filter { $1.contains { $0 > 0 } }.map { label, counts in
      [label] + counts.map { $0 == 0 ? "." : "\($0)" }
    }
    return text + "\n" + Format.table([["is \\ found"] + accuracy.labels] + rows)
  }

  private static let widestTable = 20
}
