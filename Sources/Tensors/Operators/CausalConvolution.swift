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
    let (hasGradient, needsWeight, needsBias) = (hasGradient, weight.hasGradient, bias?.hasGradient == true)
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
      workspace.workers.forEach(parts: needsWeight || needsBias ? blocks.lanes : 0) { lane in
        for index in blocks.blocks(ofLane: lane) {
          let block = blocks[index]
          if needsWeight {
            taps.addWeightGradient(block, time: blocks.time, x.base, dy.base, dws.base + lane * weights)
          }
          if !needsBias { continue }
          let first = block.batch * blocks.time + block.time.lowerBound
          S.primitives.sumRows(
            rows: block.time.count, columns: channels, dy.base + first * channels, dbs.base + lane * channels)
        }
      }
      if hasGradient {
        workspace.workers.forEach(parts: blocks.count) { part in
          taps.inputGradient(blocks[part], time: blocks.time, dy.base, beta: 0, dxs.base)
        }
      }
      return [
        hasGradient ? dx : nil, needsWeight ? ConvolutionTaps<S>.unpacked(dw.total(), geometry) : nil,
        needsBias ? db.total() : nil,
      ]
    }[0]
  }
}
