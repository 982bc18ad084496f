import ArgumentParser
import Kodama

/// Searches a precision and a sparsity for each layer.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Choose each layer's precision and sparsity for a size, a speed or a loss.",
    discussion: """
      Without training. Every layer, or run of layers of a deep model, is measured alone in every precision, of 8 bits and \
      more also with half or three quarters of its blocks 0; a greedy search adds up what that saves and loses, and models near \
      the target are measured whole. The output is a model folder as of compress quantize. A table shows the models \
      measured, of which those that another one beats or equals in everything are marked. A target that no choice meets is an error \
      (69) that names the nearest that one does.

      With --agent an agent chooses models too: it practises episodes that choose a form for one layer after the other within a \
      budget, on what the layers lose and save alone, and learns from the models that it has measured whole, as many as the \
      greedy search. The model is then the best of both, and the table shows what each found.
      """)

  @Argument(help: "A WaveNet: a model folder, a checkpoint or a run.", completion: .directory) var model: String
  @Argument(help: "A folder of recordings for calibration.", completion: .directory) var corpus: String
  @Option(
    name: [.short, .customLong("output")], help: "The model folder to write.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @OptionGroup(title: "Targets, of which one is required") var targets: TargetOptions
  @OptionGroup var origin: FeatureOriginOptions
  @Option(
    help: ArgumentHelp(
      "A folder of recordings to compare on. (default: those of CORPUS)", valueName: "folder"), completion: .directory)
  var validation: String?
  @OptionGroup var validationOrigin: ValidationOriginOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seconds of recordings to compare on, at most.", valueName: "s")) var seconds = 10.0
  @Option(
    help: ArgumentHelp(
      "Write a page with charts and tables: a file whose name ends in .html, or a folder for search.html. (default: none)",
      valueName: "path"), completion: .file(), transform: OutputName.checked)
  var report: String?
  @Flag(help: "Let an agent choose models beside the greedy search, and compare them.") var agent = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "With --agent: the number of models that it measures whole. (default: that of the greedy search)", valueName: "n")
  )
  var evaluations: Int?
  @Option(help: ArgumentHelp("With --agent: the seed of its policy and its episodes. (default: 1)", valueName: "seed"))
  var seed: UInt64?
  @OptionGroup var weights: WeightOptions
  @OptionGroup var recordings: RecordingArguments
  @OptionGroup var corpusOptions: CorpusOptions
  @OptionGroup var replacing: OutputOptions
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "Show no progress and no warnings.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    try validationOrigin.check(validation: validation)
    if !(seconds > 0 && seconds < 1e9) {
      throw ValidationError("--seconds must be more than 0 and at most a thousand million, not \(seconds)")
    }
    if evaluations != nil && !agent { throw ValidationError("--evaluations needs --agent, which measures them") }
    if seed != nil && !agent { throw ValidationError("--seed needs --agent; the greedy search needs none") }
    if let evaluations, !(1...1000).contains(evaluations) {
      throw ValidationError("--evaluations must be 1 to 1000, not \(evaluations)")
    }
  }

  func run() throws {
    let target = try targets.parsed
    try AtomicFolder.check(output, existing: replacing.existing, replaceable: ModelFiles.names)
    let page = report.map(CompressionSearchReport.pagePath)
    if let page { try CompressionSearchReport.checkPage(page, existing: replacing.existing) }
    let location = try weights.location(of: self.model, quiet: quiet)
    if try ModelKinds.standard.kind(of: location) is ClassifierKind {
      throw ValidationError("\(self.model) is a classifier, and only WaveNets are searched; see compress quantize")
    }
    let model = try WaveNetModel.load(location)
    let job = try CompressionSearchJob(
      model: model, corpus: corpus, scored: validation, labels: corpusOptions.labels, options: recordings.options,
      features: origin.origin, scoredFeatures: validationOrigin.origin, strict: corpusOptions.strict,
      workers: threads.workers)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    Interruption.listen()
    let progress = ProgressLine(quiet: quiet)
    let searcher = agent ? SearchAgent(seed: seed ?? 1, evaluations: evaluations) : nil
    let found = try job.search(for: target, seconds: seconds, agent: searcher) { share, work in
      progress.update(share: share, work)
    } isInterrupted: {
      Interruption.isRequested
    }
    progress.close()
    guard let found else { throw Interruption.exitStatus }
    try found.model.save(to: output, existing: replacing.existing)
    if let page {
      try found.report.writePage(to: page, title: "Search for \(self.model)", existing: replacing.existing)
      if !quiet { Terminal.note("a report of the search in \(page)") }
    }
    try json ? Terminal.data(JSONText.of(found.report)) : Terminal.text(Self.text(found.report))
  }

  private static func text(_ report: CompressionSearchReport) -> String {
    let searchers = report.comparison == nil ? [] : ["chosen by"]
    let points = Format.table(
      [["model", "bytes", "samples/s", "bits per sample lost"] + searchers + [""]]
        + report.points.map { point in
          let numbers = [
            point.name ?? "mixed", Format.count(point.bytes), Format.count(point.samplesPerSecond),
            Format.decimal(point.bitsPerSampleLost, 4),
          ]
          let searchers = point.foundBy.map { [$0.map(\.name).joined(separator: ", ")] } ?? []
          return numbers + searchers + [point.isChosen ? "chosen" : point.isDominated ? "dominated" : ""]
        })
    let groups = Format.table(
      [["layers", "precision", "blocks made 0", "bits per sample lost alone"]]
        + report.groups.map { group in
          guard let choice = group.choices.first(where: \.isChosen) else { return [group.name] }
          return [
            group.name, choice.precision.rawValue, Format.decimal(100 * choice.sparsity, 0) + " %",
            choice.bitsPerSampleLost.map { Format.decimal($0, 5) } ?? "",
          ]
        })
    let signal = report.comparedOn ?? "signals"
    let fronts = report.comparison.map { ["fronts       \($0.text)"] } ?? []
    let compared = "compared on  \(Plural.grouped(report.samples, "sample")) of \(signal)"
    return ([points, ""] + fronts + [compared, "", groups]).joined(separator: "\n")
  }
}
