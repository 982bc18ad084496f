import ArgumentParser
import Kodama

/// Compares generated sound with recordings.
struct EvaluateCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Score generated audio against recordings.",
    discussion: """
      A side is a file, a folder, a pattern in quotation marks ('takes/*.wav'), or - for a file from standard input. Two \
      files are a pair. Of several sounds those are pairs whose names are the same on both sides (extensions aside); \
      metrics of single sounds and of sets use the others too. Nothing is converted by default: rates and \
      channels must be equal, and the lengths of a pair too, except for metrics that take any length. Processes started by mpirun divide \
      the files among them.

      A threshold of --fail-if is a metric and a bound, mcd-dtw>6, which applies to the mean over pairs; \
      mcd-dtw.max>9 applies to the worst, and so do .median, .min, .std and percentiles such as .p95 to others; \
      mcd-dtw.count<12 asks for as many values. Of a metric of sets, such as ltas, it is the score of the sets. Where \
      one fails, or has no value, the exit status is 1; so it is with --fail-if-worse where --compare finds a metric \
      worse.
      """)

  @Argument(help: "Recordings. With --compare, the output of kodama evaluate --json.", completion: .file())
  var reference: String?
  @Argument(help: "The generated sound. With --compare, the same of another evaluation.", completion: .file())
  var generated: String?
  @Option(
    help: ArgumentHelp("Names of metrics, separated by commas. (default: all that apply)", valueName: "names"),
    completion: .metrics)
  var metrics: String?
  @Option(
    help: ArgumentHelp(
      "A list of pairs instead of two sides: one per line, reference,generated, paths from the folder of the list; - for standard input. (default: two sides)",
      valueName: "file"), completion: .file())
  var pairs: String?
  @OptionGroup var recognizing: RecognitionOptions
  @OptionGroup var adjusting: AdjustmentOptions
  @Flag(help: "Also score white noise as loud as the generated sound, by metrics of sets.") var againstNoise = false
  @Option(
    help: ArgumentHelp(
      "Write a page with tables, distributions, pictures and players, and the scores as JSON, into a folder. (default: none)",
      valueName: "folder"), completion: .directory, transform: OutputName.file)
  var report: String?
  @OptionGroup var bounds: ThresholdOptions
  @Flag(help: "Compare two evaluations: differences pair by pair, with 95 % intervals.")
  var compare = false
  @Flag(help: "List the metrics.") var list = false
  @OptionGroup var output: ScoreOutputOptions
  @OptionGroup var replacing: OutputOptions
  @Option(help: ArgumentHelp("Seed of the intervals.", valueName: "n")) var seed: UInt64 = 0
  @Flag(help: "Make a file that cannot be used, or has no counterpart, an error (65) instead of leaving it out.")
  var strict = false
  @Flag(help: "Show no progress and no warnings.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    if list { return }
    if let pairs, reference != nil || compare {
      throw ValidationError("--pairs \(pairs) contains both sides; give nothing else to compare")
    }
    if pairs == nil && generated == nil {
      throw ValidationError("give a reference and the generated sound")
    }
    if let names, names.isEmpty {
      throw ValidationError("--metrics is empty; kodama evaluate --list lists the metrics")
    }
    if compare
      && (metrics != nil || recognizing.classifier != nil || againstNoise || !bounds.thresholds.isEmpty
        || output.worst != nil || report != nil)
    {
      throw ValidationError(
        "--compare reads two evaluations; --metrics and --fail-if apply to new ones, and --fail-if-worse to these")
    }
    if bounds.failIfWorse && !compare {
      throw ValidationError("--fail-if-worse is for --compare; --fail-if gives a bound for one evaluation")
    }
  }

  /// What is compared, in a line.
  private var compared: String { pairs ?? "\(reference ?? ""), \(generated ?? "")" }

  /// Names of metrics contain no spaces.
  private var names: [String]? { metrics.map { $0.split { $0 == "," || $0 == " " }.map(String.init) } }

  func run() throws {
    if list { return try printMetrics() }
    if compare { return try printDifference() }
    try share()
  }

  /// Scores, alone or with other processes, each of which scores some of the files, and of which the first one reports.
  func run(with communicator: (any Communicator)?) throws {
    let isFirst = communicator?.rank ?? 0 == 0
    if communicator?.size ?? 1 > 1 && [pairs, reference, generated].contains("-") {
      throw DistributedFault.together(what: "standard input", advice: "give a file")
    }
    let recognition = try recognizing.metrics
    let further = recognition?.metrics ?? []
    let thresholds = try bounds.thresholds.map { try Threshold($0, further: further) }
    try bounds.check(existing: replacing.existing)
    if let report { try EvaluationJob.checkReport(report, existing: replacing.existing) }
    var job = try job(metrics: metrics(for: thresholds, further))
    // Sounds are not divided for the metrics of a classifier.
    if isFirst { job.recognition = recognition }
    for warning in Remarks.grouped(lines: job.warnings, noun: "file") where !quiet { Terminal.warning(warning) }
    let line = ProgressLine(quiet: quiet)
    var result = try job.evaluate(team: communicator) { done, total in
      line.update(share: Double(done) / Double(max(1, total)), "\(done) of \(total)")
    }
    if !isFirst { return line.close() }
    if !thresholds.isEmpty { result.thresholds = thresholds.map { $0.outcome(of: result) } }
    let page = try report.map { folder in
      try job.writeReport(
        of: result, to: folder, rankedBy: output.ranking(further), existing: replacing.existing
      ) { done, total in
        line.update(share: Double(done) / Double(max(1, total)), "page: \(done) of \(total)")
      }
    }
    line.close()
    if let page, !quiet { Terminal.note("wrote \(page)") }
    try output.write(result, further: further)
    if let outcomes = result.thresholds {
      try bounds.finish(JUnitReport(outcomes, suite: compared), existing: replacing.existing)
    }
  }

  /// The given metrics, and those that thresholds and the list of the worst pairs need.
  ///
  /// - Parameter further: metrics that are scored in any case.
  private func metrics(for thresholds: [Threshold], _ further: [Metric]) throws -> [Metric]? {
    guard let names else { return nil }
    let own = names.filter { name in !further.contains { $0.name == name } }
    let needed = thresholds.map(\.metric) + (try output.ranking(further).map { [$0] } ?? [])
    return try own.map(Metric.named) + needed.filter { !further.contains($0) }
  }

  private func job(metrics: [Metric]?) throws -> EvaluationJob {
    if let pairs {
      return try EvaluationJob(
        pairs: pairs, metrics: metrics, adjustments: adjusting.adjustments, againstNoise: againstNoise, strict: strict,
        seed: seed, workers: threads.workers)
    }
    return try EvaluationJob(
      reference: reference ?? "", generated: generated ?? "", metrics: metrics, adjustments: adjusting.adjustments,
      againstNoise: againstNoise, strict: strict, seed: seed, workers: threads.workers)
  }

  private func printDifference() throws {
    try bounds.check(existing: replacing.existing)
    let difference = try EvaluationDifference(first: reference ?? "", second: generated ?? "", seed: seed)
    try output.write(difference)
    if bounds.failIfWorse {
      try bounds.finish(JUnitReport(difference, suite: compared), existing: replacing.existing)
    }
  }

  private func printMetrics() throws {
    if output.json { return try Terminal.data(JSONText.of(Metric.all)) }
    for metric in Metric.all {
      let unit = metric.unit.isEmpty ? "" : "\(metric.unit), "
      try Terminal.text(
        """
        \(metric.name): \(metric.title) (\(unit)\(metric.direction.inWords), for \(metric.scope.inWords))
          \(metric.definition)
          \(metric.source)

        """)
    }
  }
}

extension Metric.Direction {
  fileprivate var inWords: String {
    switch self {
    case .lowerIsBetter: "lower is better"
    case .higherIsBetter: "higher is better"
    case .neither: "neither good nor bad"
    }
  }
}

extension Metric.Scope {
  fileprivate var inWords: String {
    switch self {
    case .sounds: "each generated sound"
    case .pairs: "pairs of one length"
    case .pairsOfAnyLength: "pairs of any length"
    case .sets: "sets"
    }
  }
}
