import ArgumentParser
import Kodama

/// Compares generated sound with recordings.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score generated audio against recordings.",
    discussion: """
      Two files are compared as a pair. Two folders are compared pair by pair where names are the same on both sides \
      (extensions aside), and as two sets by their mean spectra. Nothing is converted: rates and channels must be \
      equal, and the lengths of a pair too. Two files of different lengths get the metrics of sets alone.
      """)

  @Argument(help: "A recording, or a folder of them.") var reference: String?
  @Argument(help: "What was generated: a file, or a folder.") var generated: String?
  @Option(help: ArgumentHelp("Names of metrics, with commas between. (default: all that apply)", valueName: "names"))
  var metrics: String?
  @Flag(help: "Score white noise as loud as what was generated beside it, by metrics of sets.") var againstNoise = false
  @Flag(help: "Say what each metric is.") var list = false
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Print CSV: a row for each pair, then mean, median and standard deviation.") var csv = false
  @Flag(help: "Make a file that cannot be used an error (65) instead of leaving it out.") var strict = false
  @Flag(help: "Show no progress and no warnings.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if json && csv { throw ValidationError("give --json or --csv, not both") }
    if !list && (reference == nil || generated == nil) {
      throw ValidationError("give a reference and what is to be compared with it")
    }
    if let names, names.isEmpty {
      throw ValidationError("--metrics names none; kodama evaluate --list says which there are")
    }
  }

  private var names: [String]? { metrics.map { $0.split(separator: ",").map(String.init) } }

  func run() throws {
    if list { return try printMetrics() }
    guard let reference, let generated else { return }
    let job = try EvaluationJob(
      reference: reference, generated: generated, metrics: names?.map(Metric.named),
      againstNoise: againstNoise, strict: strict, workers: threads.workers)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let line = ProgressLine(quiet: quiet)
    let result = try job.evaluate { done, total in
      line.update(share: Double(done) / Double(max(1, total)), "\(done) of \(total) pairs")
    }
    line.close()
    try FileWriter.standardOutput.write(json ? result.json : csv ? result.csv : result.table)
  }

  private func printMetrics() throws {
    if json { return try Terminal.data(JSONText.of(Metric.all)) }
    for metric in Metric.all {
      let direction =
        switch metric.direction {
        case .lowerIsBetter: "lower is better"
        case .higherIsBetter: "higher is better"
        case .neither: "a fact, neither good nor bad"
        }
      let scope =
        switch metric.scope {
        case .sounds: "each generated sound"
        case .pairs: "pairs of one length"
        case .pairsOfAnyLength: "pairs of any length"
        case .sets: "sets"
        }
      let unit = metric.unit.isEmpty ? "" : "\(metric.unit), "
      try Terminal.data(
        "\(metric.name): \(metric.title) (\(unit)\(direction), for \(scope))\n  \(metric.definition)\n  \(metric.source)\n"
      )
    }
  }
}
