extension ProgramBuilder {
  /// The steps of a WaveNet; returns the rows of its outputs.
  mutating func outputs(of network: AmplifierWaveNet, _ weights: inout WeightReader, _ input: Rows) -> Rows {
    let condition = network.condition.map { outputs(of: $0, input) } ?? input
    var (x, sum): (Rows, Rows?) = (input, nil)
    for (index, array) in network.arrays.enumerated() {
      let isLast = index == network.arrays.count - 1
      let next = isLast ? memory.rows(array.head.outputChannels) : headSum(of: network.arrays[index + 1])
      let own = sum ?? headSum(of: array)
      x = arrayOutputs(
        array, &weights, x, condition, sum: own, beginsSum: sum == nil, isLast: isLast, head: next)
      sum = next
    }
    let channels = network.arrays[network.arrays.count - 1].head.outputChannels
    let output = memory.rows(channels)
    scale(sum!, by: weights.last, channels: channels, to: output)
    guard let head = network.postHead else { return output }
    return outputs(of: head, &weights, output, channels: channels)
  }

  private func headSum(of array: LayerArray) -> Rows {
    memory.rows(array.sumChannels, lookback: (array.head.kernelSize - 1) * array.head.dilation)
  }

  private mutating func outputs(
    of head: AmplifierWaveNet.PostHead, _ weights: inout WeightReader, _ input: Rows, channels: Int
  ) -> Rows {
    var x = input
    for size in head.sizes(inputs: channels) {
      let active = memory.rows(size.inputs, lookback: size.taps - 1)
      activate(head.activation, .none, x, channels: size.inputs, to: active)
      x = memory.rows(size.outputs)
      let weight = weights.next(size.outputs * size.inputs * size.taps)
      convolve(
        PackedConvolution(
          inputs: size.inputs, outputs: size.outputs, taps: size.taps, weights: weight,
          bias: weights.next(size.outputs)), active, to: x)
    }
    return x
  }

  /// The steps of an array; returns the rows of the last layer's output, and writes the head's to `head`.
  private mutating func arrayOutputs(
    _ array: LayerArray, _ weights: inout WeightReader, _ input: Rows, _ condition: Rows, sum: Rows, beginsSum: Bool,
    isLast: Bool, head: Rows
  ) -> Rows {
    let channels = array.channels
    // A layer in one step reads its input's past; others keep the past of what their convolution reads.
    func inputs(of layer: LayerArray.Layer) -> Rows {
      memory.rows(channels, lookback: array.isPlain ? layer.lookback : 0)
    }
    var x = inputs(of: array.layers[0])
    convolve(
      PackedConvolution(
        inputs: array.inputChannels, outputs: channels, weights: weights.next(channels * array.inputChannels),
        bias: nil), input, to: x)
    for (index, layer) in array.layers.enumerated() {
      let isEnd = index == array.layers.count - 1
      let y = isEnd ? memory.rows(channels) : inputs(of: array.layers[index + 1])
      let place = LayerPlace(
        array: array, layer: layer, input: x, condition: condition, output: y, isOutputUsed: !(isEnd && isLast),
        sum: sum, beginsSum: beginsSum && index == 0)
      if array.isPlain { plainLayer(place, &weights) } else { fullLayer(place, &weights) }
      x = y
    }
    let weight = weights.next(array.head.outputChannels * array.sumChannels * array.head.kernelSize)
    convolve(
      PackedConvolution(
        inputs: array.sumChannels, outputs: array.head.outputChannels, taps: array.head.kernelSize,
        dilation: array.head.dilation, weights: weight,
        bias: array.head.bias ? weights.next(array.head.outputChannels) : nil), sum, to: head)
    return x
  }

  /// A layer and the rows around it.
  private struct LayerPlace {
    let array: LayerArray
    let layer: LayerArray.Layer
    let input: Rows
    let condition: Rows
    let output: Rows
    let isOutputUsed: Bool
    let sum: Rows
    let beginsSum: Bool
  }

  private mutating func plainLayer(_ place: LayerPlace, _ weights: inout WeightReader) {
    let array = place.array
    let (main, mixin) = (Self.main(array, place.layer, &weights), Self.mixin(array, place.layer, &weights))
    let pointwise = Self.pointwise(array, &weights)
    layer(
      place.layer, bottleneck: array.bottleneck, main: main, mixin: mixin, pointwise: pointwise, input: place.input,
      condition: place.condition, output: place.isOutputUsed ? place.output : nil, sum: place.sum,
      beginsSum: place.beginsSum)
  }

  /// A layer with groups, a product before the head's sum, or modulations: step by step.
  private mutating func fullLayer(_ place: LayerPlace, _ weights: inout WeightReader) {
    let (array, layer) = (place.array, place.layer)
    let gate = array.gateChannels(layer)
    let (main, mixin) = (Self.main(array, layer, &weights), Self.mixin(array, layer, &weights))
    let (pointwise, headPointwise) = (Self.pointwise(array, &weights), Self.headPointwise(array, &weights))
    // The weights of all modulations come before anything uses them.
    var factors: [ModulationSite: PackedConvolution] = [:]
    for site in ModulationSite.allCases {
      guard let modulation = array.modulations[site], let count = array.modulatedChannels(at: site, of: layer) else {
        continue
      }
      let outputs = modulation.hasShift ? 2 * count : count
      let weight = weights.next(outputs * array.conditionChannels / modulation.groups)
      factors[site] = PackedConvolution(
        inputs: array.conditionChannels, outputs: outputs, groups: modulation.groups, weights: weight,
        bias: weights.next(outputs))
    }
    func modulate(
      _ builder: inout ProgramBuilder, _ site: ModulationSite, _ x: Rows, _ channels: Int, to y: Rows
    ) -> Bool {
      guard let product = factors[site], let modulation = array.modulations[site] else { return false }
      let rows = builder.memory.rows(product.outputs)
      builder.convolve(product, place.condition, to: rows)
      builder.modulate(x, by: rows, hasShift: modulation.hasShift, channels: channels, to: y)
      return true
    }

    let past = memory.rows(array.channels, lookback: layer.lookback)
    if !modulate(&self, .convolutionInput, place.input, array.channels, to: past) {
      scale(place.input, channels: array.channels, to: past)
    }
    let a = memory.rows(gate)
    convolve(main, past, to: a)
    _ = modulate(&self, .convolutionOutput, a, gate, to: a)
    var condition = place.condition
    let changed = memory.rows(array.conditionChannels)
    if modulate(&self, .mixinInput, condition, array.conditionChannels, to: changed) { condition = changed }
    if factors[.mixinOutput] == nil {
      convolve(mixin, condition, to: a, adds: true)
    } else {
      let mixed = memory.rows(gate)
      convolve(mixin, condition, to: mixed)
      _ = modulate(&self, .mixinOutput, mixed, gate, to: mixed)
      add(a, mixed, channels: gate, to: a)
    }
    _ = modulate(&self, .activationInput, a, gate, to: a)
    let z = memory.rows(array.bottleneck)
    activate(layer.activation, layer.gating, a, channels: array.bottleneck, to: z)
    _ = modulate(&self, .activationOutput, z, array.bottleneck, to: z)

    var term = z
    if let headPointwise {
      term = memory.rows(array.sumChannels)
      convolve(headPointwise, z, to: term)
      _ = modulate(&self, .headPointwiseOutput, term, array.sumChannels, to: term)
    }
    if place.beginsSum {
      scale(term, channels: array.sumChannels, to: place.sum)
    } else {
      add(place.sum, term, channels: array.sumChannels, to: place.sum)
    }
    guard place.isOutputUsed else { return }
    guard let pointwise else {
      scale(place.input, channels: array.channels, to: place.output)
      return
    }
    let r = memory.rows(array.channels)
    convolve(pointwise, z, to: r)
    if case .blended = layer.gating { _ = modulate(&self, .pointwiseOutput, r, array.channels, to: r) }
    add(place.input, r, channels: array.channels, to: place.output)
  }

  private static func main(
    _ array: LayerArray, _ layer: LayerArray.Layer, _ weights: inout WeightReader
  ) -> PackedConvolution {
    let gate = array.gateChannels(layer)
    let weight = weights.next(gate * array.channels / array.groups * layer.kernelSize)
    return PackedConvolution(
      inputs: array.channels, outputs: gate, groups: array.groups, taps: layer.kernelSize, dilation: layer.dilation,
      weights: weight, bias: weights.next(gate))
  }

  private static func mixin(
    _ array: LayerArray, _ layer: LayerArray.Layer, _ weights: inout WeightReader
  ) -> PackedConvolution {
    let gate = array.gateChannels(layer)
    return PackedConvolution(
      inputs: array.conditionChannels, outputs: gate, groups: array.mixinGroups,
      weights: weights.next(gate * array.conditionChannels / array.mixinGroups), bias: nil)
  }

  private static func pointwise(_ array: LayerArray, _ weights: inout WeightReader) -> PackedConvolution? {
    guard let groups = array.pointwiseGroups else { return nil }
    let weight = weights.next(array.channels * array.bottleneck / groups)
    return PackedConvolution(
      inputs: array.bottleneck, outputs: array.channels, groups: groups, weights: weight,
      bias: weights.next(array.channels))
  }

  private static func headPointwise(_ array: LayerArray, _ weights: inout WeightReader) -> PackedConvolution? {
    guard let head = array.headPointwise else { return nil }
    let weight = weights.next(head.outputChannels * array.bottleneck / head.groups)
    return PackedConvolution(
      inputs: array.bottleneck, outputs: head.outputChannels, groups: head.groups, weights: weight,
      bias: weights.next(head.outputChannels))
  }
}

extension LayerArray {
  /// Whether each layer is one step of the engine.
  var isPlain: Bool {
    groups == 1 && mixinGroups == 1 && (pointwiseGroups ?? 1) == 1 && headPointwise == nil && modulations.isEmpty
  }
}
