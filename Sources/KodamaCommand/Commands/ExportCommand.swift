import ArgumentParser
import Kodama

extension ExportJob.Format: ExpressibleByArgument {}

/// Writes a model for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model in a format that other programs run.",
    discussion: """
      onnx: a folder with wavenet.onnx, which computes the logits of all steps at once, and wavenet-step.onnx, which computes \
      those of one step, with the state of the network as inputs and outputs. Layers in f32 become products of floats, layers in \
      int8 products of integers. Of a classifier: a folder with classifier.onnx, from log-mel features to the probabilities of \
      labels.

      nam: a file for players of Neural Amp Modeler, of a run of kodama capture.
      """)

  @Argument(help: "A model folder, a checkpoint or a run.", completion: .directory) var model: String
  @Option(name: .customLong("to"), help: "The format.") var format = ExportJob.Format.onnx
  @Option(
    name: [.short, .customLong("output")], help: "The folder to make, or the file.", completion: .directory,
    transform: OutputName.checked)
  var output: String
  @OptionGroup var weights: WeightOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var replacing: OutputOptions
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    let location = try ModelLocation(model, weights: weights.weights)
    let job: ExportJob
    if format == .nam {
      try AtomicFile.check(output, existing: replacing.existing)
      if precision.precision != nil { throw ValidationError("--precision: a .nam file has weights in f32 alone") }
      job = ExportJob(amplifier: try AmplifierModel.load(location))
    } else if try ModelKinds.standard.kind(of: location) is ClassifierKind {
      try AtomicFolder.check(output, existing: replacing.existing, replaceable: [ClassifierExport.fileName])
      let model = try ClassifierModel.load(location)
      let own = model.quantization?.scheme ?? .float32
      if let precision = precision.precision, precision != own {
        throw ValidationError(
          "--precision \(precision.rawValue): a classifier is exported as it is, in \(own.rawValue); compress quantize makes "
            + "another of it")
      }
      job = ExportJob(classifier: model, format: format)
    } else {
      try AtomicFolder.check(output, existing: replacing.existing, replaceable: WaveNetExport.fileNames)
      let model = try InferenceModel.load(location, precision: precision.precision, workers: threads.workers)
      job = ExportJob(model: model, format: format)
    }
    let files = try job.write(to: output, existing: replacing.existing)
    for file in files { Terminal.note("\(file.path): \(Format.count(file.bytes)) bytes") }
  }
}
