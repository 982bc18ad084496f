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
    let found = try job.search(for: target, seconds: seconds) { share, work in
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
    let points = Format.table(
      [["model", "bytes", "samples/s", "bits per sample lost", ""]]
        + report.points.map {
          [
            $0.name ?? "mixed", Format.count($0.bytes), Format.count($0.samplesPerSecond),
            Format.decimal($0.bitsPerSampleLost, 4), $0.isChosen ? "chosen" : $0.isDominated ? "dominated" : "",
          ]
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
    return [
      points, "", "compared on  \(Plural.grouped(report.samples, "sample")) of \(signal)", "", groups,
    ].joined(separator: "\n")
  }
}
