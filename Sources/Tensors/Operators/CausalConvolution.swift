/// The sizes of a causal dilated convolution over time.
public struct ConvolutionGeometry: Sendable, Equatable {
  /// Channels of the input; a multiple of `groups`.
  public let inputChannels: Int
  /// Channels of the output; a multiple of `groups`.
  public let outputChannels: Int
  /// Taps, at least 1.
  public let kernelSize: Int
  /// Time steps between taps, at least 1.
  public let dilation: Int
  /// Groups of channels that do not see each other; as many as channels makes the convolution depthwise.
  public let groups: Int

  /// - Precondition: every size is positive and the channels are multiples of the groups.
  public init(inputChannels: Int, outputChannels: Int, kernelSize: Int = 1, dilation: Int = 1, groups: Int = 1) {
    precondition(
      inputChannels > 0 && outputChannels > 0 && kernelSize > 0 && dilation > 0 && groups > 0
        && inputChannels % groups == 0 && outputChannels % groups == 0,
      "no convolution has \(inputChannels) to \(outputChannels) channels in \(groups) groups, kernel size "
        + "\(kernelSize), dilation \(dilation)")
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.dilation = dilation
    self.groups = groups
  }

  /// The shape of the weight: [output channels, input channels / groups, kernel size], oldest tap first.
  public var weightShape: Shape { [outputChannels, inputChannels / groups, kernelSize] }
  /// How many steps before the present one are seen: (K − 1) · d.
  public var lookback: Int { (kernelSize - 1) * dilation }
  /// How many steps before the present one tap k looks: (K − 1 − k) · d.
  package func shift(ofTap tap: Int) -> Int { (kernelSize - 1 - tap) * dilation }
}

extension Variable {
  /// Causal dilated convolution over time; the history before the first step is zero.
  ///
  /// y[b, t, o] = bias[o] + Σ_k Σ_i weight[o, i, k] · x[b, t − (K − 1 − k)·d, i]
  ///
  /// - Shapes: [B, T, I] → [B, T, O], weight as `geometry.weightShape`, bias [O].
  /// - Source: van den Oord et al. 2016, §2.1.
  public func causalConvolution(
    weight: Variable, bias: Variable?, geometry: ConvolutionGeometry
  ) -> Variable {
    precondition(
      shape.rank == 3 && shape.last == geometry.inputChannels && weight.shape == geometry.weightShape,
      "a signal of shape \(shape) and a weight of shape \(weight.shape) do not fit a convolution of "
        + "\(geometry.inputChannels) channels and weight \(geometry.weightShape)")
    let (tape, workspace, input) = (tape, tape.workspace, value)
    let blocks = TimeBlocks(batch: shape[0], time: shape[1])
    let taps = ConvolutionTaps(weight.value, geometry, workspace: workspace)
    var output = Tensor<S>(undefined: shape.replacingLast(geometry.outputChannels), workspace: workspace)
    let (x, y, row) = (input.region, output.mutable, bias?.value.region)
    workspace.workers.forEach(parts: blocks.count) { part in
      taps.forward(blocks[part], time: blocks.time, x.base, bias: row?.base, y.base)
    }
    return tape.record([self, weight] + (bias.map { [$0] } ?? []), outputs: [output]) { gradients in
      guard let gradient = gradients[0] else { return [nil, nil, nil] }
      var dx = Tensor<S>(undefined: input.shape, workspace: workspace)
      var dw = LaneSums<S>([geometry.weightShape.count], lanes: blocks.lanes, workspace: workspace)
      var db = LaneSums<S>([geometry.outputChannels], lanes: blocks.lanes, workspace: workspace)
      let (x, dy, dxs, dws, dbs) = (input.region, gradient.region, dx.mutable, dw.region, db.region)
      let (weights, channels) = (geometry.weightShape.count, geometry.outputChannels)
      workspace.workers.forEach(parts: blocks.lanes) { lane in
        for index in blocks.blocks(ofLane: lane) {
          let block = blocks[index]
          taps.addWeightGradient(block, time: blocks.time, x.base, dy.base, dws.base + lane * weights)
          let first = block.batch * blocks.time + block.time.lowerBound
          S.sumRows(
            rows: block.time.count, columns: channels, dy.base + first * channels, dbs.base + lane * channels)
        }
      }
      workspace.workers.forEach(parts: blocks.count) { part in
        taps.inputGradient(blocks[part], time: blocks.time, dy.base, beta: 0, dxs.base)
      }
      return [dx, ConvolutionTaps<S>.unpacked(dw.total(), geometry), db.total()]
    }[0]
  }
}
