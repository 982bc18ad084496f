import ArgumentParser
import Kodama
import KodamaCore

/// Classifiers of recordings.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Train a classifier of recordings, find labels with it, and test it.",
    subcommands: [ClassifyTrainCommand.self, Run.self, Test.self])

  /// The labels of recordings.
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find the labels of recordings.",
      discussion: """
        Of each label set of the model the likeliest label and its probability. A recording longer than the model's window \
        is divided into windows that begin every half window; its probabilities are their means.
        """)

    @Argument(help: "A classifier: a model folder, a checkpoint or a run.", completion: .directory) var model: String
    @Argument(help: "Recordings, and folders of recordings; - for one from standard input.", completion: .file())
    var files: [String]
    @Option(help: ArgumentHelp("How many labels of each set to list, with --csv and --json all.", valueName: "n"))
    var top = 1
    @Flag(help: "List the windows of each recording, with times in seconds.") var windows = false
    @OptionGroup var weights: WeightOptions
    @OptionGroup var recordings: RecordingArguments
    @OptionGroup var corpusOptions: CorpusOptions
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Print CSV: a row for each recording and label, or with --windows for each window and set.")
    var csv = false
    @Flag(help: "Show no progress and no warnings.") var quiet = false
    @OptionGroup var threads: ThreadOptions

    func validate() throws {
      if json && csv { throw ValidationError("give --json or --csv, not both") }
      if top < 1 { throw ValidationError("--top must be at least 1, and is \(top)") }
      if files.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be read once; give - once") }
    }

    func run() throws {
      let model = try ClassifierModel.load(ModelLocation(self.model, weights: weights.weights))
      let job = try ClassificationJob(
        model: model, sources: files, labels: corpusOptions.labels, options: recordings.options,
        strict: corpusOptions.strict, workers: threads.workers)
      for warning in job.warnings where !quiet { Terminal.warning(warning) }
      let progress = ProgressLine(quiet: quiet)
      let result = try job.run(windows: windows) { done, total in
        progress.update(share: Double(done) / Double(max(1, total)), "\(done) of \(Plural.text(total, "file"))")
      }
      progress.close()
      if json { return try Terminal.data(JSONText.of(result)) }
      if csv { return try Terminal.data(Self.csv(result)) }
      try Terminal.text(windows ? Self.windowTable(result) : table(result))
    }

    /// A row for each recording.
    private func table(_ result: ClassificationResult) -> String {
      let names = result.files.first?.sets.map(\.name) ?? []
      let rows = result.files.map { file in
        [file.path]
          + file.sets.flatMap { set in
            set.labels.prefix(top).flatMap { [$0.label, Format.decimal($0.probability, 3)] }
          }
      }
      let counts = result.files.first?.sets.map { min(top, $0.labels.count) } ?? []
      let titles = zip(names, counts).flatMap { name, count in
        (0..<count).flatMap { [$0 == 0 ? name : "", $0 == 0 ? "probability" : ""] }
      }
      return Format.table([["file"] + titles] + rows)
    }

    /// A row for each window.
    private static func windowTable(_ result: ClassificationResult) -> String {
      let names = result.files.first?.sets.map(\.name) ?? []
      let rows = result.files.flatMap { file in
        (file.windows ?? []).map { window in
          [file.path, Format.decimal(window.start, 2), Format.decimal(window.end, 2)]
            + window.labels.flatMap { [$0.label, Format.decimal($0.probability, 3)] }
        }
      }
      return Format.table([["file", "from", "to"] + names.flatMap { [$0, "probability"] }] + rows)
    }

    private static func csv(_ result: ClassificationResult) -> String {
      var rows: [[String]]
      if result.files.contains(where: { $0.windows != nil }) {
        rows = [["path", "start", "end", "set", "label", "probability"]]
        for file in result.files {
          for window in file.windows ?? [] {
            for (set, label) in zip(file.sets, window.labels) {
              rows.append(
                [file.path, "\(window.start)", "\(window.end)", set.name, label.label, "\(label.probability)"])
            }
          }
        }
      } else {
        rows = [["path", "set", "label", "probability"]]
        for file in result.files {
          for set in file.sets {
            rows += set.labels.map { [file.path, set.name, $0.label, "\($0.probability)"] }
          }
        }
      }
      return String(CSV.text(rows).dropLast())
    }
  }

  /// The accuracy of a classifier.
  struct Test: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Test a classifier on recordings whose labels are known.",
      discussion: """
        Of each label set of the model: accuracy with its 95 % interval (Wilson), the confusion matrix, precision and recall \
        of each label, the cross-entropy, and the expected calibration error: how far probabilities are from the shares of \
        right labels (Guo et al. 2017, 15 ranges).
        """)

    @Argument(help: "A classifier: a model folder, a checkpoint or a run.", completion: .directory) var model: String
    @Argument(help: "A folder of recordings with labels.", completion: .directory) var corpus: String
    @Option(
      help: ArgumentHelp(
        "Write a picture of the confusion matrix of each label set: FOLDER/SET.png. (default: none)",
        valueName: "folder"),
      completion: .directory)
    var pictures: String?
    @OptionGroup var replacing: OutputOptions
    @OptionGroup var weights: WeightOptions
    @OptionGroup var recordings: RecordingArguments
    @OptionGroup var corpusOptions: CorpusOptions
    @Flag(help: "Print JSON, with every recording whose label is wrong.") var json = false
    @Flag(help: "Show no progress and no warnings.") var quiet = false
    @OptionGroup var threads: ThreadOptions

    func run() throws {
      let model = try ClassifierModel.load(ModelLocation(self.model, weights: weights.weights))
      let job = try ClassificationJob(
        model: model, sources: [corpus], labels: corpusOptions.labels, options: recordings.options,
        strict: corpusOptions.strict, workers: threads.workers)
      for warning in job.warnings where !quiet { Terminal.warning(warning) }
      let progress = ProgressLine(quiet: quiet)
      let test = try job.test { done, total in
        progress.update(share: Double(done) / Double(max(1, total)), "\(done) of \(Plural.text(total, "file"))")
      }
      progress.close()
      if let pictures { try test.writePictures(toFolder: pictures, existing: replacing.existing) }
      if json { return try Terminal.data(JSONText.of(test)) }
      try Terminal.text(test.sets.map(Self.text).joined(separator: "\n\n"))
    }

    private static func text(_ set: ClassificationTest.LabelSet) -> String {
      func percent(_ share: Double?) -> String { share.map { Format.decimal(100 * $0, 1) } ?? "-" }
      let summary =
        "\(set.name): \(Format.count(set.right)) of \(Format.count(set.recordings)) right, \(percent(set.accuracy)) % "
        + "(95 %: \(percent(set.interval.low)) to \(percent(set.interval.high)) %); cross-entropy "
        + "\(Format.decimal(set.crossEntropy, 3)) nats, calibration error \(percent(set.calibrationError)) %"
      let classes = Format.table(
        [["label", "recordings", "precision %", "recall %"]]
          + set.classes.map { [$0.label, Format.count($0.recordings), percent($0.precision), percent($0.recall)] })
      // A wide table is for the JSON and the picture.
      if set.right == set.recordings || set.labels.count > widestTable { return summary + "\n" + classes }
      let rows = zip(set.labels, set.confusion).map { label, counts in
        [label] + counts.map { $0 == 0 ? "." : "\($0)" }
      }
      return summary + "\n" + classes + "\n\n" + Format.table([["is \\ found"] + set.labels] + rows)
    }

    private static let widestTable = 20
  }
}
