import KodamaWaveNets

extension WaveNetGraph {
  /// What a block remembers of its input.
  struct Memory {
    /// The block's inputs at the steps that the next step looks back to.
    let present: GraphBuilder.Value
    /// [batch, R, (K − 1) · d].
    let extents: [GraphBuilder.Extent]
  }

  /// The inputs of a block's taps at one step, beside each other: from x [B, R] and the graph's input `past_i`
  /// [B, R, (K − 1) · d] → [B, R · K], the tap varying faster. `present_i` is the past without its oldest step and with
  /// x. With kernel size 1 there is nothing to remember.
  mutating func taps(_ x: GraphBuilder.Value, _ block: ResidualBlock) -> GraphBuilder.Value {
    let (path, geometry) = ("blocks.\(block.index)", block.dilated.geometry)
    if geometry.kernelSize == 1 { return x }
    let steps = (geometry.kernelSize - 1) * geometry.dilation
    let extents: [GraphBuilder.Extent] = [.named("batch"), .fixed(geometry.inputChannels), .fixed(steps)]
    let past = builder.input(
      "past_\(block.index)", .float, extents,
      about: "The inputs of block \(block.index) at the \(steps) steps before, oldest first; zero before the first.")
    let column = builder.node(path + ".column", .unsqueeze, [x, builder.integers([2])])
    let window = builder.node(path + ".window", .concat, [past, column], ["axis": .integer(2)])
    let present = slice(window, from: 1, to: steps + 1, by: 1, name: "present_\(block.index)")
    memories.append(Memory(present: present, extents: extents))
    let taps =
      geometry.dilation == 1
      ? window : slice(window, from: 0, to: steps + 1, by: geometry.dilation, name: path + ".taps")
    // 0 keeps the extent of the batch.
    let row = builder.integers([0, geometry.inputChannels * geometry.kernelSize])
    return builder.node(path + ".row", .reshape, [taps, row])
  }

  /// Some of the steps of [B, C, T].
  private mutating func slice(
    _ x: GraphBuilder.Value, from start: Int, to end: Int, by step: Int, name: String
  ) -> GraphBuilder.Value {
    let (axis, range) = ([2], [[start], [end], [step]].map { builder.integers($0) })
    return builder.node(name, .slice, [x, range[0], range[1], builder.integers(axis), range[2]])
  }
}
