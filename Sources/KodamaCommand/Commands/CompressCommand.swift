import ArgumentParser
import Kodama

/// Makes models smaller.
struct CompressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compress", abstract: "Make a model smaller and faster.",
    subcommands: [QuantizeCommand.self, PruneCommand.self, CompressTrainCommand.self, SearchCommand.self])
}

/// Quantizes a model's layers without training.
struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize", abstract: "Quantize a model's weights without training.",
    discussion: """
      bf16 rounds weights and inputs to 16 bits; int8 has weights of 8 bits with a scale for each output, int4 of 4 bits \
      with a scale for each 32 inputs, ternary and binary of 2 and 1 bits for models that compress train made, all with inputs \
      of 8 bits whose scales come from recordings. The output is a model folder that generate, score and inspect accept like any other. A table shows the gains and losses. Classifiers become \
      int8, for which --calibrate is required, and are used by classify, evaluate and export.
      """)

  @Argument(help: "A model folder, a checkpoint or a run.", completion: .directory) var model: String
  @Option(
    name: [.short, .customLong("output")], help: "The model folder to write.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @Option(help: "The precision of weights.", completion: .list(QuantizedPrecisions.names))
  var scheme = SchemeArgument<QuantizedPrecisions>(.int8)
  @Option(
    help: ArgumentHelp(
      "Layers to keep in another precision: paths, each with =precision or in f32, such as blocks.0,head=bf16. (default: none)",
      valueName: "layers"), completion: .layers)
  var keep = ""
  @Option(
    help: ArgumentHelp(
      "A folder of recordings for calibration, required for a classifier and for a model that is conditioned on features. (default: the model's own output)",
      valueName: "folder"), completion: .directory)
  var calibrate: String?
  @OptionGroup var origin: FeatureOriginOptions
  @Option(
    help: ArgumentHelp(
      "A folder of recordings to compare on. (default: those of --calibrate, else the model's output)",
      valueName: "folder"), completion: .directory)
  var validation: String?
  @OptionGroup var validationOrigin: ValidationOriginOptions
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seconds of recordings to compare on, at most.", valueName: "s")) var seconds = 60.0
  @Flag(help: "Also print the loss of quantizing each layer alone.") var sensitivity = false
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
    try AtomicFolder.check(output, existing: replacing.existing, replaceable: ModelFiles.names)
    let location = try weights.location(of: self.model, quiet: quiet)
    if try ModelKinds.standard.kind(of: location) is ClassifierKind { return try quantizeClassifier(at: location) }
    let model = try WaveNetModel.load(location)
    let quantization = try Quantization(scheme.precision, keeping: keep, in: model.configuration)
    let job = try QuantizationJob(
      model: model, quantization: quantization, calibration: calibrate, scored: validation,
      labels: corpusOptions.labels, options: recordings.options, features: origin.origin,
      scoredFeatures: validationOrigin.origin,
      strict: corpusOptions.strict, workers: threads.workers)
    for warning in job.warnings where !quiet { Terminal.warning(warning) }
    let progress = ProgressLine(quiet: quiet)
    progress.update(share: 0, "rounding", force: true)
    let quantized = try job.quantize()
    // Saved before anything is measured, so that an interruption loses no more than the table.
    try quantized.save(to: output, existing: replacing.existing)
    let report = try job.compare(quantized, seconds: seconds, sensitivity: sensitivity) { done, total in
      progress.update(share: Double(done) / Double(total), "comparing")
    }
    progress.close()
    try json ? Terminal.data(JSONText.of(report)) : Terminal.text(Self.text(report))
  }

  private static func text(_ report: QuantizationReport) -> String {
    let (bytes, bits) = (
      Double(report.bytesAfter) / Double(report.bytesBefore), report.bitsPerSampleAfter - report.bitsPerSampleBefore
    )
    let speed = report.samplesPerSecondAfter / report.samplesPerSecondBefore
    let kept = Quantization(report.scheme, keeping: report.kept).text
    let comparison = Format.table([
      ["", "f32", kept.contains(";") ? "quantized" : kept, ""],
      [
        "bytes", Format.count(report.bytesBefore), Format.count(report.bytesAfter),
        Format.decimal(100 * bytes, 1) + " %",
      ],
      [
        "samples/s", Format.count(report.samplesPerSecondBefore), Format.count(report.samplesPerSecondAfter),
        Format.decimal(speed) + "x",
      ],
      [
        "bits per sample", Format.decimal(report.bitsPerSampleBefore, 4), Format.decimal(report.bitsPerSampleAfter, 4),
        (bits < 0 ? "" : "+") + Format.decimal(bits, 4),
      ],
    ])
    let noise = report.signalToNoiseDecibels.map { Format.decimal($0, 1) + " dB" } ?? "nothing changed"
    let signal = report.comparedOn ?? "the model's output"
    let lines = [
      comparison, "", "precision                 \(kept)", "logits, signal to noise   \(noise)",
      "compared on               \(Plural.grouped(report.samples, "sample")) of \(signal)",
    ]
    return (lines + (report.layers.map { ["", sensitivity($0)] } ?? [])).joined(separator: "\n")
  }

  /// The layers that lose most come first.
  private static func sensitivity(_ layers: [QuantizationReport.Layer]) -> String {
    let sorted = layers.sorted { ($0.bitsPerSampleLost, $1.path) > ($1.bitsPerSampleLost, $0.path) }
    return Format.table(
      [["layer alone", "precision", "bits per sample lost"]]
        + sorted.map { [$0.path, $0.precision.rawValue, Format.decimal($0.bitsPerSampleLost, 5)] })
  }
}
