import KodamaWaveNets

/// Writes a WaveNet as a graph. Both graphs go through the network here; they differ in how a layer is written and in
/// where a dilated convolution has its earlier inputs from.
///
/// Signals are [B, C, T] in the full pass and [B, C] in the step.
struct WaveNetGraph {
  /// What a block remembers of its input.
  struct Memory {
    /// The block's inputs at the steps that the next step looks back to.
    let present: GraphBuilder.Value
    /// [batch, R, (K − 1) · d].
    let extents: [GraphBuilder.Extent]
  }

  /// A signal and how it becomes integers.
  struct QuantizedSignal: Hashable {
    let signal: GraphBuilder.Value
    let quantization: InputQuantization
  }

  let model: InferenceModel
  let pass: ExportedGraph
  var builder: GraphBuilder
  /// What the blocks remember, in the step.
  var memories: [Memory] = []
  /// The sum of the embeddings of labels, [B, C]; nil where the model is not conditioned.
  var labels: GraphBuilder.Value?
  /// Signals that were turned into integers: layers of one input share them.
  var quantized: [QuantizedSignal: GraphBuilder.Value] = [:]

  /// The file of one of the two graphs.
  ///
  /// - Throws: `ExportFault.precision`, `.features`.
  static func file(_ model: InferenceModel, _ pass: ExportedGraph) throws -> ONNXModelProto {
    if model.features != nil { throw ExportFault.features }
    var graph = WaveNetGraph(model: model, pass: pass, builder: GraphBuilder(name: pass.rawValue))
    try graph.write()
    let about = pass == .full ? "all steps at once" : "one step from what the blocks remember"
    return ONNXModelProto(
      graph.builder.graph, about: "A WaveNet: the logits of \(about).", metadata: graph.metadata)
  }

  /// What the samples that are fed in, and the numbers that come out, mean.
  private var metadata: [(key: String, value: String)] {
    let c = model.configuration
    var entries = [(key: "sample_rate", value: "\(model.sampleRate)")]
    if c.output == .softmax {
      entries += [("companding", "mu_law"), ("classes", "\(c.classes)")]
    } else {
      entries += [
        ("companding", "linear"), ("output", c.output.rawValue), ("mixture_components", "\(c.mixtureComponents)"),
        ("mixture_gain", "\(c.mixtureGain)"),
        ("log_scale_floor", "\(c.logScaleFloor)"),
      ]
    }
    if c.preemphasis != 0 { entries.append(("preemphasis", "\(c.preemphasis)")) }
    return entries + [
      ("input", c.input.rawValue), ("silence_code", "\(silence)"), ("receptive_field", "\(c.receptiveField)"),
    ] + labelMetadata
  }

  private var silence: Int { WaveNet(model.configuration).companding.silence }

  private mutating func write() throws {
    let configuration = model.configuration
    var x = try firstSignal()
    labels = labelVector()
    var sum: GraphBuilder.Value?
    for (index, block) in model.blocks.enumerated() {
      let (path, dilation) = ("blocks.\(index)", configuration.dilations[index])
      let convolved = try dilated(x, block.dilated, dilation: dilation, block: index)
      let gated = gate(try labelled(convolved, block: index), path)
      let skip = try pointwise(gated, block.skip)
      sum = sum.map { builder.node(path + ".sum", .add, [$0, skip]) } ?? skip
      if let residual = block.residual {
        let output = builder.node(path + ".output", .add, [x, try pointwise(gated, residual)])
        x = scaled(output, by: configuration.residualScale)
      }
    }
    guard let sum else { preconditionFailure("a WaveNet needs at least one block") }
    let total = scaled(sum, by: configuration.skipScale)
    let hidden = try pointwise(builder.node("skip.relu", .relu, [total]), model.head[0])
    let scores = try pointwise(builder.node("head.0.relu", .relu, [hidden]), model.head[1])
    writeLogits(scores)
    for memory in memories {
      builder.output(memory.present, memory.extents, about: "The past of the same block at the next step.")
    }
  }

  /// The input of the first block.
  private mutating func firstSignal() throws -> GraphBuilder.Value {
    let input = input()
    if let layer = model.input {
      let signal = builder.node("signal", .unsqueeze, [input, builder.integers([1])])
      return try pointwise(scaled(signal, by: model.configuration.inputGain), layer)
    }
    guard let embedding = model.embedding else { preconditionFailure("a network has a table or a first layer") }
    let table = builder.constant("embedding.weight", Constant(embedding))
    let rows = builder.node("embedding", .gather, [table, input])
    return pass == .full ? builder.node("signal", .transpose, [rows], ["perm": .integers([0, 2, 1])]) : rows
  }

  /// The input of the graph, under the name of what the network is fed with.
  private mutating func input() -> GraphBuilder.Value {
    let extents: [GraphBuilder.Extent] = pass == .full ? [.named("batch"), .named("time")] : [.named("batch")]
    return switch model.configuration.input {
    case .embedding:
      builder.input(
        "codes", .int64, extents,
        about: "The code before each step; \(silence), the code of silence, before the first.")
    case .scalar:
      builder.input("samples", .float, extents, about: "The sample before each step, in [-1, 1]; 0 before the first.")
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

  private mutating func writeLogits(_ scores: GraphBuilder.Value) {
    let configuration = model.configuration
    let channels = GraphBuilder.Extent.fixed(configuration.outputChannels)
    let isFull = pass == .full
    let logits =
      isFull
      ? builder.node("logits", .transpose, [scores], ["perm": .integers([0, 2, 1])])
      : builder.node("logits", .identity, [scores])
    builder.output(
      logits, [.named("batch")] + (isFull ? [.named("time")] : []) + [channels],
      about: configuration.output == .softmax
        ? "Of the sample at each step; their softmax is its distribution."
        : "Of the sample at each step: logits of the weights, means, then natural logarithms of the scales of the "
          + "components of a mixture.")
  }
}
