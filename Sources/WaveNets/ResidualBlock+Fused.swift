import KodamaLayers
import KodamaTensors

extension ResidualBlock {
  /// What the block keeps for its backward pass. A class, so that the backward pass can overwrite the gates.
  private final class Kept<S: Scalar> {
    var gates: Tensor<S>
    init(gates: Tensor<S>) { self.gates = gates }
  }

  /// The block as one operator: skip connections are added up in place, and only the activated gates are kept for the
  /// backward pass.
  func fused<S: Scalar>(
    _ x: inout Variable<S>?, skip sum: inout Variable<S>?, _ conditioning: inout ConditioningInput<S>,
    _ pass: Pass<S>
  ) {
    guard let input = x else { preconditionFailure("block \(index) has no input") }
    let workspace = pass.tape.workspace
    let layers = [dilated, skip, residual]
    var parameters =
      layers.map { $0?.weight.variable(in: pass) } + layers.map { $0?.bias(in: pass) ?? nil }
      + [features?.weight.variable(in: pass)]
    // What is the same at all steps of a signal is a bias of its own for each signal.
    if let offsets = labelOffsets(conditioning.labels, pass) {
      parameters[3] = parameters[3].map { offsets + $0 } ?? offsets
    }
    let fused = FusedResidualBlock(
      blocks: TimeBlocks(batch: input.shape[0], time: input.shape[1]),
      taps: ConvolutionTaps(parameters[0]!.value, dilated.geometry, workspace: workspace),
      dilatedBias: parameters[3]?.value, skipWeight: parameters[1]!.value, skipBias: parameters[4]?.value,
      residualWeight: parameters[2]?.value, residualBias: parameters[5]?.value, residualScale: S(residualScale),
      features: parameters[6].flatMap { weight in
        conditioning.features.map { .init(values: $0.value, weight: weight.value) }
      },
      workspace: workspace)
    let (batch, time) = (fused.blocks.batch, fused.blocks.time)

    // The sum is taken out of its variable: as its only owner this block adds to it in place.
    var previous = sum
    sum = nil
    let beginsSkip = previous == nil
    var total =
      previous?.takeValue() ?? Tensor(undefined: [batch, time, fused.skipChannels], workspace: workspace)
    var gates = Tensor<S>(undefined: [batch, time, 2 * fused.gateChannels], workspace: workspace)
    var next = residual.map { _ in Tensor<S>(undefined: input.shape, workspace: workspace) }
    let (xs, zs, totals, nexts) = (input.value.region, gates.mutable, total.mutable, next?.mutable)
    workspace.workers.forEach(parts: fused.blocks.count) { part in
      fused.forward(fused.blocks[part], x: xs, gates: zs, skip: totals, beginsSkip: beginsSkip, next: nexts)
    }

    let kept = Kept(gates: gates)
    let value = input.value
    let present = parameters.map { $0 != nil }
    let variables = parameters.compactMap { $0 }
    // Placeholders keep the order of the gradients where the block has no sum before it, next input or features.
    let nothing = pass.tape.constant(Tensor<S>([0], []))
    let inputs = [input, previous ?? nothing, conditioning.features ?? nothing] + variables
    let passesFeaturesOn = conditioning.features?.hasGradient == true
    let results = [total, next ?? nothing.value, fused.features?.values ?? nothing.value]
    let outputs = pass.tape.record(inputs, outputs: results) { gradients in
      let skipGradient = gradients[0] ?? Tensor([batch, time, fused.skipChannels], workspace: workspace)
      let (dx, du, sums) = fused.backward(
        x: value, gates: &kept.gates, skipGradient: skipGradient, nextGradient: gradients[1].take(),
        featureGradient: gradients[2].take(), needsFeatures: passesFeaturesOn)
      let ordered = zip(present, sums).compactMap { $0 ? $1 : nil }
      return [dx, skipGradient, du] + ordered
    }
    sum = outputs[0]
    x = next.map { _ in outputs[1] }
    if passesFeaturesOn { conditioning.features = outputs[2] }
  }
}

extension FusedResidualBlock {
  /// The gradients of the block's input, of the features (nil where nobody asks for it) and of the block's parameters, in
  /// the order of `gradientShapes`.
  ///
  /// - Parameters:
  ///   - gates: [B, T, 2G], activated; overwritten.
  ///   - nextGradient: [B, T, R], taken over; nil where nothing depends on the next input.
  ///   - featureGradient: [B, T, C], what later blocks say of the features, taken over; nil where none says anything.
  fileprivate func backward(
    x: Tensor<Number>, gates: inout Tensor<Number>, skipGradient: Tensor<Number>,
    nextGradient: consuming Tensor<Number>?, featureGradient: consuming Tensor<Number>?, needsFeatures: Bool
  ) -> (Tensor<Number>, Tensor<Number>?, [Tensor<Number>]) {
    let (hasNext, beginsFeatures) = (nextGradient != nil, featureGradient == nil)
    var dx = nextGradient ?? Tensor(undefined: x.shape, workspace: workspace)
    var du =
      needsFeatures
      ? featureGradient ?? features.map { Tensor(undefined: $0.values.shape, workspace: workspace) } : nil
    var sums = gradientShapes.map { LaneSums<Number>($0, lanes: blocks.lanes, workspace: workspace) }
    let regions = sums.indices.map { sums[$0].region }
    let counts = sums.map(\.count)
    let (xs, zs, ds, dxs) = (x.region, gates.mutable, skipGradient.region, dx.mutable)
    let dus = du?.mutable
    workspace.workers.forEach(parts: blocks.lanes) { lane in
      let lanes = zip(regions, counts).map { $0.base + lane * $1 }
      for index in blocks.blocks(ofLane: lane) {
        backward(
          blocks[index], x: xs, gates: zs, skipGradient: ds, nextGradient: hasNext ? dxs : nil,
          featureGradient: dus, beginsFeatures: beginsFeatures, sums: lanes)
      }
    }
    workspace.workers.forEach(parts: blocks.count) { part in
      taps.inputGradient(blocks[part], time: blocks.time, zs.base, beta: hasNext ? 1 : 0, dxs.base)
    }
    var totals = sums.map { $0.total() }
    totals[0] = ConvolutionTaps<Number>.unpacked(totals[0], taps.geometry)
    return (dx, du, totals)
  }
}
