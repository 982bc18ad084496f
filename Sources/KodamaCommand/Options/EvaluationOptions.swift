import ArgumentParser
import Kodama

/// Adjustments of sounds that differ, before they are compared.
struct AdjustmentOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Pairs of different lengths: cut the longer, pad the shorter with silence, or match frames by dynamic time warping in the metrics that can. (default: they are an error, 65)",
      valueName: "trim|pad|dtw"))
  var align: Alignment?

  @Flag(help: "Convert every sound to the rate of the first reference. Without it other rates are an error (65).")
  var resample = false

  @Flag(help: "Mix every sound down to one channel. Without it other numbers of channels are an error (65).")
  var mono = false

  var adjustments: EvaluationJob.Adjustments {
    EvaluationJob.Adjustments(alignment: align, resamples: resample, mixesDown: mono)
  }
}

extension Alignment: ExpressibleByArgument {}

/// How the scores are printed.
struct ScoreOutputOptions: ParsableArguments {
  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print CSV: a row for each pair, then mean, interval, median and standard deviation.")
  var csv = false

  @Option(help: ArgumentHelp("List the worst pairs. (default: none)", valueName: "n"))
  var worst: Int?

  @Option(
    name: .customLong("worst-by"),
    help: ArgumentHelp(
      "The metric that ranks the worst pairs, in the list and on the page. (default: the first that has a better and a worse)",
      valueName: "name"), completion: .metric)
  var worstBy: String?

  func validate() throws {
    if json && csv { throw ValidationError("give --json or --csv, not both") }
    if let worst, worst < 1 { throw ValidationError("--worst must be at least 1, not \(worst)") }
    if worst != nil && (json || csv) {
      throw ValidationError("--worst adds to the table; JSON and CSV have every pair")
    }
  }

  /// Prints the result in the requested format.
  func write(_ result: EvaluationResult) throws {
    if json { return try Terminal.data(result.json, terminator: "") }
    if csv { return try Terminal.data(result.csv, terminator: "") }
    try Terminal.text(result.table(worst: worst ?? 0, by: worstBy.map(Metric.named)), terminator: "")
  }

  /// Prints the comparison of two results in the requested format.
  func write(_ difference: EvaluationDifference) throws {
    if json { return try Terminal.data(difference.json, terminator: "") }
    if csv { return try Terminal.data(difference.csv, terminator: "") }
    try Terminal.text(difference.table, terminator: "")
  }
}
