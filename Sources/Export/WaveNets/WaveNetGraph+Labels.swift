import KodamaWaveNets

extension WaveNetGraph {
  /// The names of the labels of each set, a line each, under the name of the graph's input: the line's number, from 0, is
  /// the label's.
  var labelMetadata: [(key: String, value: String)] {
    model.configuration.conditioning.labels.map { (Self.inputName($0), $0.values.joined(separator: "\n")) }
  }

  /// The sum of the embeddings of the labels, which are inputs of the graph: [B, C].
  mutating func labelVector() -> GraphBuilder.Value? {
    guard let labels = model.labels else { return nil }
    var sum: GraphBuilder.Value?
    for (index, (set, table)) in zip(model.configuration.conditioning.labels, labels.tables).enumerated() {
      let name = Self.inputName(set)
      let input = builder.input(
        name, .int64, [.named("batch")], about: "The label of each signal: its place in the metadata \(name), from 0.")
      let rows = builder.constant("labels.\(index).weight", Constant(table))
      let vector = builder.node("labels.\(index)", .gather, [rows, input])
      sum = sum.map { builder.node("labels.\(index).sum", .add, [$0, vector]) } ?? vector
    }
    return sum
  }

  /// A block's gates before activation with what labels add: [B, 2G, T] or [B, 2G].
  mutating func labelled(_ gates: GraphBuilder.Value, block: Int) throws -> GraphBuilder.Value {
    guard let labels, let layer = model.labels?.projections[block] else { return gates }
    guard case .float32(let weights) = layer.weights else {
      throw ExportFault.precision(layer: layer.path, precision: layer.precision)
    }
    let weight = builder.constant(layer.path + ".weight", Constant(weights, [layer.outputs, layer.channels]))
    let offsets = builder.node(layer.path, .gemm, [labels, weight], ["transB": .integer(1)])
    let shaped =
      pass == .full ? builder.node(layer.path + ".steps", .unsqueeze, [offsets, builder.integers([2])]) : offsets
    return builder.node(layer.path + ".sum", .add, [gates, shaped])
  }

  private static func inputName(_ set: LabelSet) -> String { "label_" + set.name }
}
