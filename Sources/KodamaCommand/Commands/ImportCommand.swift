import ArgumentParser
import Kodama

/// Makes a model of another program's weights.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Make a model folder of another program's weights.",
    discussion: """
      The mapping is a JSON file with the name of a tensor for each parameter of the model, with patterns such as \
      blocks.{i}.skip.weight, and with reshape, permute, flip, scale and add where tensors are stored differently. Weight \
      normalization is multiplied out. Every parameter must be mapped, every tensor used or ignored, and every shape fit; \
      a table says what does. Pickles (.pt, .pth) are not read: save the weights with safetensors.
      """)

  @Argument(help: "A safetensors file, or a folder of them.", completion: .file()) var weights: String
  @Option(
    name: [.short, .customLong("output")], help: "The model folder to write.", completion: .directory,
    transform: OutputName.checked)
  var output: String?
  @Option(
    help: ArgumentHelp(
      "A JSON file: {\"tensors\": {ours: theirs, …}, \"ignore\": […]}. (no default)", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var mapping: String
  @Option(
    help: ArgumentHelp(
      "The architecture: the config.json of a model, or settings as for kodama train. (default: that of the preset small)",
      valueName: "file"), completion: .file(extensions: ["json"]))
  var config: String?
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "One setting of the architecture, such as residual_channels=48; can be repeated. (default: none)",
      valueName: "key=value"), completion: .settings)
  var assignments: [String] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The model's sample rate. (default: that of --config)", valueName: "Hz"))
  var rate: Int?
  @Flag(help: "Only print what fits and what does not.") var check = false
  @OptionGroup var replacing: OutputOptions
  @Flag(help: "Print no table.") var quiet = false

  func validate() throws {
    if output == nil && !check { throw ValidationError("give -o, the model folder to write, or --check") }
    if output != nil && check { throw ValidationError("--check writes nothing; leave -o out") }
  }

  func run() throws {
    if let output, !replacing.force && AtomicFile.exists(output) { throw FileFault.exists(path: output) }
    let architecture = try ImportJob.Architecture(file: config, assignments: assignments, sampleRate: rate)
    let job = try ImportJob(weights: weights, mapping: mapping, architecture: architecture)
    let problems = job.assignment.problems
    if !problems.isEmpty {
      if !quiet { for line in Self.table(problems) { Terminal.note(line) } }
    } else if !quiet {
      try Terminal.text(Self.table(job.assignment.rows).joined(separator: "\n"))
    }
    let model = try job.model()
    guard let output else { return }
    try model.save(to: output, existing: replacing.existing)
    Terminal.note("a model of \(Format.count(model.parameters.count)) parameters in \(output)")
  }

  /// A line for each row: the parameter, its shape, the tensors with theirs, and whether they fit.
  private static func table(_ rows: [WeightAssignment.Row]) -> [String] {
    let cells = rows.map { row in
      [
        row.parameter ?? "-", row.shape.map { "\($0)" } ?? "-",
        row.tensors.isEmpty ? "-" : row.tensors.joined(separator: " + "),
        row.tensorShapes.isEmpty ? "-" : row.tensorShapes.map { $0.map { "\($0)" } ?? "none" }.joined(separator: " + "),
        row.problem ?? "fits",
      ]
    }
    return Format.table([["parameter", "shape", "tensor", "its shape", ""]] + cells).split(separator: "\n").map(
      String.init)
  }
}
