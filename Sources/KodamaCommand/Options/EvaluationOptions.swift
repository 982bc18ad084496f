import ArgumentParser
import Kodama

/// Adjustments of sounds that differ, before they are compared.
struct AdjustmentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Pairs of different lengths: cut the longer, pad the shorter with silence, or match frames by dynamic time warping in the metrics that can. (default: they are an error, 65)",
      valueName: "trim|pad|dtw"))
  var align: Alignment?

  @Option(
    help: ArgumentHelp(
      "Convert every sound to one rate: the lowest of all, that of the first reference, or a number of Hz. (default: other rates are an error, 65)",
      valueName: "lowest|reference|Hz"), completion: .list(["lowest", "reference"]), transform: ComparisonRate.checked)
  var resample: ComparisonRate?

  @Flag(help: "Mix every sound down to one channel. Without it other numbers of channels are an error (65).")
  var mono = false

  var adjustments: EvaluationJob.Adjustments {
    EvaluationJob.Adjustments(alignment: align, rate: resample, mixesDown: mono)
  }
}

extension Alignment: ExpressibleByArgument {}

extension ComparisonRate {
  /// The rate that an argument names.
  fileprivate static func checked(_ argument: String) throws -> ComparisonRate {
    switch argument {
    case "lowest": return .lowest
    case "reference": return .reference
    default:
      let range = WaveNetConfiguration.sampleRateRange
      guard let rate = Int(argument), range.contains(rate) else {
        throw ValidationError(
          "\(argument) is no rate; give lowest, reference, or \(range.lowerBound) to \(range.upperBound) Hz")
      }
      return .hertz(rate)
    }
  }
}

/// A classifier that scores sounds too.
struct RecognitionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also score by a classifier: how often it finds the labels that sounds should have, the inception score, and distances of embeddings. (default: none)",
      valueName: "model"), completion: .directory)
  var classifier: String?
  @Option(
    name: .customLong("labels"),
    help: ArgumentHelp(
      "With --classifier: a CSV file with the column path, from the folder of a side, and a column for each label set. Without it the first folder's name is a sound's \"label\".",
      valueName: "csv"), completion: .file())
  var labelFile: String?
  @Option(
    help: ArgumentHelp(
      "With --classifier: a regular expression that finds labels in names, as for kodama train. (default: none)",
      valueName: "regex"))
  var labelPattern: String?

  func validate() throws {
    if labelFile != nil && labelPattern != nil { throw ValidationError("give --labels or --label-pattern, not both") }
    if classifier == nil && (labelFile != nil || labelPattern != nil) {
      throw ValidationError("labels are for --classifier; give it, or leave them out")
    }
  }

  /// The metrics of the classifier; nil without one.
  var metrics: RecognitionMetrics? {
    get throws {
      guard let classifier else { return nil }
      let labels: CorpusLabels =
        try labelPattern.map { .pattern(try LabelPattern($0)) } ?? labelFile.map { .csv(path: $0) } ?? .folders
      return RecognitionMetrics(
        model: try ClassifierModel.load(classifier), name: PathText.name(Folder.trimmed(classifier)), labels: labels)
    }
  }
}

/// What makes an evaluation fail, and where that is written down.
struct ThresholdOptions: ParsableArguments {
  @Option(
    name: .customLong("fail-if"),
    help: ArgumentHelp("A threshold; may be given several times. (default: none)", valueName: "threshold"),
    completion: .metric)
  var thresholds: [String] = []
  @Flag(help: "With --compare: fail where a metric is worse, that is where its interval leaves out 0.")
  var failIfWorse = false
  @Option(
    help: ArgumentHelp(
      "Write the outcome of each threshold, or of each metric compared, as the XML of JUnit. (default: none)",
      valueName: "file"), completion: .file(), transform: OutputName.file)
  var junit: String?

  func validate() throws {
    if junit != nil && thresholds.isEmpty && !failIfWorse {
      throw ValidationError("--junit has a test for each threshold; give --fail-if, or --compare with --fail-if-worse")
    }
  }

  /// Throws where the file of outcomes cannot be written: a check before the work.
  func check(existing: AtomicFile.Existing) throws {
    if let junit { try AtomicFile.check(junit, existing: existing) }
  }

  /// Writes the outcomes down, and throws where one failed.
  func finish(_ report: JUnitReport, existing: AtomicFile.Existing) throws {
    if let junit { try report.write(to: junit, existing: existing) }
    let failures = report.cases.filter { !$0.passed }
    for failure in failures { Terminal.error("threshold: \(failure.message)") }
    if !failures.isEmpty { throw ExitCode.failure }
  }
}

/// How the scores are printed.
struct ScoreOutputOptions: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print CSV: a row for each pair, then mean, interval, median and standard deviation.")
  var csv = false

  @Flag(help: "Print Markdown: the table that a terminal shows.")
  var markdown = false

  @Option(help: ArgumentHelp("List the worst pairs. (default: none)", valueName: "n"))
  var worst: Int?

  @Option(
    name: .customLong("worst-by"),
    help: ArgumentHelp(
      "The metric that ranks the worst pairs, in the list and on the page. (default: the first that has a better and a worse)",
      valueName: "name"), completion: .metric)
  var worstBy: String?

  func validate() throws {
    if [json, csv, markdown].count(where: { $0 }) > 1 {
      throw ValidationError("give one of --json, --csv and --markdown")
    }
    if let worst, worst < 1 { throw ValidationError("--worst must be at least 1, not \(worst)") }
    if worst != nil && (json || csv) {
      throw ValidationError("--worst adds to the table; JSON and CSV have every pair")
    }
  }

  /// The metric that ranks pairs; nil where none was named.
  ///
  /// - Parameter further: metrics besides `Metric.all`.
  func ranking(_ further: [Metric]) throws -> Metric? {
    try worstBy.map { name in try further.first { $0.name == name } ?? Metric.named(name) }
  }

  /// Prints the result in the requested format.
  func write(_ result: EvaluationResult, further: [Metric] = []) throws {
    if json { return try Terminal.data(result.json, terminator: "") }
    if csv { return try Terminal.data(result.csv, terminator: "") }
    let ranking = try ranking(further)
    if markdown { return try Terminal.text(result.markdown(worst: worst ?? 0, by: ranking), terminator: "") }
    try Terminal.text(result.table(worst: worst ?? 0, by: ranking), terminator: "")
  }

  /// Prints the comparison of two results in the requested format.
  func write(_ difference: EvaluationDifference) throws {
    if json { return try Terminal.data(difference.json, terminator: "") }
    if csv { return try Terminal.data(difference.csv, terminator: "") }
    if markdown { return try Terminal.text(difference.markdown, terminator: "") }
    try Terminal.text(difference.table, terminator: "")
  }
}
