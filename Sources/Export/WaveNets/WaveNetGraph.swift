import KodamaLayers
import KodamaWaveNets

/// Writes a WaveNet as a graph. Both graphs go through the network here; they differ in how a layer is written and in
/// where a dilated convolution has its earlier inputs from.
///
/// Signals are [B, C, T] in the full pass and [B, C] in the step.
struct WaveNetGraph {
  let exported: ExportedWaveNet
  let pass: WaveNetExport.Pass
  var builder: GraphBuilder
  /// What the blocks remember, in the step.
  var memories: [Memory] = []

  private init(_ exported: ExportedWaveNet, _ pass: WaveNetExport.Pass) {
    self.exported = exported
    self.pass = pass
    builder = GraphBuilder(name: pass.rawValue)
  }

  /// The file of one of the two graphs.
  static func model(_ exported: ExportedWaveNet, _ pass: WaveNetExport.Pass) -> ONNXModelProto {
    var graph = WaveNetGraph(exported, pass)
    graph.write()
    let about = pass == .full ? "all steps at once" : "one step from what the blocks remember"
    return ONNXModelProto(
      graph.builder.graph, about: "A WaveNet: the logits of \(about).", metadata: exported.metadata)
  }

  private mutating func write() {
    let network = exported.network
    var x = firstSignal()
    var sum: GraphBuilder.Value?
    for block in network.blocks {
      let path = "blocks.\(block.index)"
      let gated = gate(dilated(x, block), path)
      let skip = pointwise(gated, block.skip)
      sum = sum.map { builder.node(path + ".sum", .add, [$0, skip]) } ?? skip
      if let residual = block.residual {
        let output = builder.node(path + ".output", .add, [x, pointwise(gated, residual)])
        x = scaled(output, by: block.residualScale)
      }
    }
    guard let sum else { preconditionFailure("a WaveNet needs at least one block") }
    let total = scaled(sum, by: network.configuration.skipScale)
    let hidden = pointwise(builder.node("skip.relu", .relu, [total]), network.head[0])
    writeLogits(builder.node("head.0.relu", .relu, [hidden]), network.head[1])
    for memory in memories {
      builder.output(memory.present, memory.extents, about: "The past of the same block at the next step.")
    }
  }

  /// The input of the first block.
  private mutating func firstSignal() -> GraphBuilder.Value {
    let input = input()
    if let convolution = exported.network.inputConvolution {
      return pointwise(builder.node("signal", .unsqueeze, [input, builder.integers([1])]), convolution)
    }
    guard let embedding = exported.embedding else { preconditionFailure("a network has a table or a convolution") }
    let table = builder.constant("embedding.weight", Constant(embedding))
    let rows = builder.node("embedding", .gather, [table, input])
    return pass == .full ? builder.node("signal", .transpose, [rows], ["perm": .integers([0, 2, 1])]) : rows
  }

  /// The input of the graph, under the name of what the network is fed with.
  private mutating func input() -> GraphBuilder.Value {
    let extents: [GraphBuilder.Extent] = pass == .full ? [.named("batch"), .named("time")] : [.named("batch")]
    let silence = exported.network.companding.silence
    return switch exported.configuration.input {
    case .embedding:
      builder.input(
        "codes", .int64, extents, about: "The code before each step; \(silence), the code of silence, before the first.")
    case .scalar:
      builder.input("samples", .float, extents, about: "The sample before each step, in [-1, 1]; 0 before the first.")
    }
  }

  private mutating func dilated(_ x: GraphBuilder.Value, _ block: ResidualBlock) -> GraphBuilder.Value {
    let (form, path) = (exported.form(block.dilated), block.dilated.weight.path)
    switch pass {
    case .full: return builder.convolution(x, form, dilation: block.dilated.geometry.dilation, path: path)
    case .step: return builder.product(taps(x, block), form, path: path, output: path)
    }
  }

  private mutating func pointwise(_ x: GraphBuilder.Value, _ layer: CausalConvolution) -> GraphBuilder.Value {
    let (form, path) = (exported.form(layer), layer.weight.path)
    switch pass {
    case .full: return builder.convolution(x, form, dilation: 1, path: path)
    case .step: return builder.product(x, form, path: path, output: path)
    }
  }

  /// tanh(filter) · sigmoid(gate) of the two halves of the channels.
  private mutating func gate(_ z: GraphBuilder.Value, _ path: String) -> GraphBuilder.Value {
    let halves = builder.nodes([path + ".filter", path + ".gate"], .split, [z], ["axis": .integer(1)])
    let filter = builder.node(path + ".tanh", .tanh, [halves[0]])
    let gate = builder.node(path + ".sigmoid", .sigmoid, [halves[1]])
    return builder.node(path + ".gated", .mul, [filter, gate])
  }

  private mutating func scaled(_ x: GraphBuilder.Value, by scale: Double) -> GraphBuilder.Value {
    if scale == 1 { return x }
    let factor = builder.constant(x.name + ".scale", Constant([Float(scale)], []))
    return builder.node(x.name + ".scaled", .mul, [x, factor])
  }

  private mutating func writeLogits(_ x: GraphBuilder.Value, _ layer: CausalConvolution) {
    let about = "Of the sample at each step; their softmax is its distribution."
    let classes = GraphBuilder.Extent.fixed(exported.configuration.classes)
    switch pass {
    case .full:
      let logits = builder.node("logits", .transpose, [pointwise(x, layer)], ["perm": .integers([0, 2, 1])])
      builder.output(logits, [.named("batch"), .named("time"), classes], about: about)
    case .step:
      let logits = builder.product(x, exported.form(layer), path: layer.weight.path, output: "logits")
      builder.output(logits, [.named("batch"), classes], about: about)
    }
  }
}
