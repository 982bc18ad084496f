import ArgumentParser
import Kodama

extension ExportJob.Format: ExpressibleByArgument {}

/// Writes a model for other programs.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a model in a form that other programs run.",
    discussion: """
      onnx: a folder with wavenet.onnx, which gives the logits of all steps at once, and wavenet-step.onnx, which gives those \
      of one step and takes and gives back what the network remembers. Models in f32 and in int8 are taken as they are.
      """)

  @Argument(help: "A model folder, a checkpoint or a run.") var model: String
  @Option(name: .customLong("to"), help: "The form.") var format = ExportJob.Format.onnx
  @Option(name: [.short, .customLong("output")], help: "The folder to make.", transform: OutputName.checked)
  var output: String
  @OptionGroup var weights: WeightOptions
  @OptionGroup var replacing: OutputOptions

  func run() throws {
    let model = InferenceModel(try WaveNetModel.load(model, weights: weights.weights))
    let files = try ExportJob(model: model, format: format).write(to: output, existing: replacing.existing)
    for file in files { Terminal.note("\(file.path): \(Format.count(file.bytes)) bytes") }
  }
}
