import ArgumentParser
import Kodama

/// Describes a model.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Describe a model: its architecture, size and receptive field.")

  @Argument(help: "A model folder, a checkpoint or a run, or a .nam file.", completion: .file(extensions: ["nam"]))
  var model: String
  @OptionGroup var weights: WeightOptions
  @Flag(
    name: .customLong("cost"),
    help: "Print the cost of each layer for one sample: multiply-adds, parameters and activations.")
  var showsCost = false
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    var inspection = try ModelInspection(model, weights: weights.weights)
    if inspection.weights == nil && weights.weights != nil {
      throw ValidationError("--weights chooses among those of a run or a checkpoint; a file has one set, leave it out")
    }
    inspection.encodesCost = showsCost
    if json { return try Terminal.data(JSONText.of(inspection)) }
    let lines = inspection.lines.map { label, text in
      label + String(repeating: " ", count: max(1, 17 - label.count)) + text
    }
    try Terminal.text(lines.joined(separator: "\n"))
    if showsCost { try Terminal.text("\n" + Self.table(inspection.cost).dropLast()) }
  }

  /// A row for each layer, and their sum.
  private static func table(_ cost: NetworkCost) -> String {
    let sum = LayerCost(
      path: "all", multiplyAdds: cost.multiplyAdds, parameters: cost.parameters, activations: cost.activations)
    let rows = (cost.layers + [sum]).map { layer in
      [layer.path] + [layer.multiplyAdds, layer.parameters, layer.activations].map { Format.count($0) }
    }
    return TextTable.aligned([["of one sample", "multiply-adds", "parameters", "activations"]] + rows)
  }
}
