import ArgumentParser
import Kodama

/// Bits per sample of a model on recordings.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score recordings by a model: bits per sample.",
    discussion: """
      Bits per sample: the mean over all samples of all files of -log2 p(code | those before it), each file from its own \
      first sample, after the model's pre-emphasis. On 16 bits the same for the samples' levels of 16 bits, which is \
      comparable between models of different outputs. The order-0 and order-1 entropies of the same files' codes are \
      baselines from counting codes, or pairs of codes; a trained model is below both. A quantized model is scored by the \
      arithmetic of generation.
      """)

  @Argument(help: "A model folder, a checkpoint or a run.", completion: .directory) var model: String
  @Argument(help: "A folder of recordings.", completion: .directory) var corpus: String
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var weights: WeightOptions
  @OptionGroup var recordings: RecordingArguments
  @OptionGroup var corpusOptions: CorpusOptions
  @OptionGroup var origin: FeatureOriginOptions
  @Option(
    help: ArgumentHelp(
      "Assign the labels to other files, at random with this seed, to measure how much labels contribute. (default: off)",
      valueName: "seed"))
  var shuffleLabels: UInt64?
  @Flag(help: "Print JSON, with a row for each file.") var json = false
  @Flag(help: "Show no progress and no warnings.") var quiet = false
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    let location = try weights.location(of: self.model, quiet: quiet)
    let model = try InferenceModel.load(location, precision: precision.precision, workers: threads.workers)
    let job = try ScoreJob(
      model: model, corpus: corpus,
      labels: corpusOptions.labels, options: recordings.options, features: origin.origin,
      shuffleSeed: shuffleLabels, strict: corpusOptions.strict,
      workers: threads.workers)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let progress = ProgressLine(quiet: quiet)
    let score = try job.score { done, total in
      progress.update(share: Double(done) / Double(max(1, total)), "\(done) of \(Plural.text(total, "file"))")
    }
    progress.close()
    if json { return try Terminal.data(JSONText.of(score)) }
    let rows = [
      ["bits per sample", Format.decimal(score.bitsPerSample, 4)],
      ["on 16 bits", Format.decimal(score.bitsPerSample16, 4)],
      ["levels", Format.count(score.levels)],
      ["order-0 entropy", Format.decimal(score.orderZeroEntropy, 4)],
      ["order-1 entropy", score.orderOneEntropy.map { Format.decimal($0, 4) } ?? "-"],
      ["files", Format.count(score.files.count)], ["samples", Format.count(score.samples)],
    ]
    let filtered = score.preemphasis == 0 ? [] : [["pre-emphasis", "\(score.preemphasis)"]]
    try Terminal.text(Format.table(rows + filtered))
  }
}
