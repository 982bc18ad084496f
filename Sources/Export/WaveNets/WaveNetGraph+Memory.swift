import KodamaWaveNets

extension WaveNetGraph {
  /// The inputs of a block's taps at one step, beside each other: from x [B, R] and the graph's input `past_i`
  /// [B, R, (K − 1) · d] → [B, R · K], the tap varying faster. `present_i` is the past without its oldest step and with
  /// x. With one tap there is nothing to remember.
  mutating func taps(
    _ x: GraphBuilder.Value, _ layer: InferenceLayer, dilation: Int, block: Int
  ) -> GraphBuilder.Value {
    if layer.taps == 1 { return x }
    let (path, steps) = ("blocks.\(block)", (layer.taps - 1) * dilation)
    let extents: [GraphBuilder.Extent] = [.named("batch"), .fixed(layer.channels), .fixed(steps)]
    let past = builder.input(
      "past_\(block)", .float, extents,
      about: "The inputs of block \(block) at the \(steps) steps before, oldest first; zero before the first.")
    let column = builder.node(path + ".column", .unsqueeze, [x, builder.integers([2])])
    let window = builder.node(path + ".window", .concat, [past, column], ["axis": .integer(2)])
    let present = slice(window, from: 1, to: steps + 1, by: 1, name: "present_\(block)")
    memories.append(Memory(present: present, extents: extents))
    let taps = dilation == 1 ? window : slice(window, from: 0, to: steps + 1, by: dilation, name: path + ".taps")
    // 0 keeps the extent of the batch.
    let row = builder.integers([0, layer.channels * layer.taps])
    return builder.node(path + ".row", .reshape, [taps, row])
  }

  /// Some of the steps of [B, C, T].
  private mutating func slice(
    _ x: GraphBuilder.Value, from start: Int, to end: Int, by step: Int, name: String
  ) -> GraphBuilder.Value {
    let range = [[start], [end], [2], [step]].map { builder.integers($0) }
    return builder.node(name, .slice, [x] + range)
  }
}
