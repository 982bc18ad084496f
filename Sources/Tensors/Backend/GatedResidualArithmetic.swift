import KodamaCore

/// The arithmetic of a gated residual block on blocks of time steps in one precision, with what its backward pass needs:
/// the passes over all blocks are the same in each.
protocol GatedResidualArithmetic<S>: Sendable {
  associatedtype S: Scalar
  /// The weights in the form of the products of one pass.
  associatedtype Factors: Sendable

  var block: GatedResidualBlock<S> { get }
  var blocks: TimeBlocks { get }
  var memory: MemoryPool { get }

  /// The factors of the forward pass, or of the backward pass.
  func factors(isForward: Bool) -> Factors

  /// Forward over one block.
  ///
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - skip: [B, T, S]; added to, or overwritten where `overwritesSkip`.
  ///   - next: [B, T, R], the input of the next block; nil in the last.
  func forward(
    _ part: TimeBlocks.Block, _ factors: Factors, x: Region<S>, skip: MutableRegion<S>, overwritesSkip: Bool,
    next: MutableRegion<S>?)

  /// Backward over one block, up to the gradients before the gates, which are kept for `inputGradient` where
  /// `needsGates`; accumulates the gradients of weights.
  ///
  /// - Parameters:
  ///   - skipGradient: [B, T, S].
  ///   - nextGradient: [B, T, R], becomes that of the sum before scaling; nil where nothing depends on the next input.
  ///   - featureGradient: [B, T, C], that of the features; nil where not needed.
  ///   - overwritesFeatures: whether the gradient of the features is overwritten, not added to.
  ///   - sums: the partial sums to add to; nil where not needed.
  func backward(
    _ part: TimeBlocks.Block, _ factors: Factors, skipGradient: Region<S>, nextGradient: MutableRegion<S>?,
    featureGradient: MutableRegion<S>?, overwritesFeatures: Bool, needsGates: Bool,
    sums: GatedResidualWeights<UnsafeMutablePointer<S>?>)

  /// The gradient of the input [B, T, R] at one block, from the gradients before the gates of all blocks; added to `dx`
  /// where `adds`.
  func inputGradient(_ part: TimeBlocks.Block, _ factors: Factors, adds: Bool, _ dx: MutableRegion<S>)
}

extension GatedResidualArithmetic {
  var residualChannels: Int { block.residualChannels }
  var gateChannels: Int { block.gateChannels }
  var skipChannels: Int { block.skipChannels }

  /// The results for an input [B, T, R] and the sum of skip connections before, nil for the first block.
  func results(_ x: Tensor<S>, skip: consuming Tensor<S>?, in resources: Resources) -> GatedResidualResults<S> {
    let overwritesSkip = skip == nil
    let factors = factors(isForward: true)
    var total = skip ?? Tensor(undefined: [blocks.batch, blocks.time, skipChannels], memory: memory)
    var next = block.weights.residualWeight.map { _ in Tensor<S>(undefined: x.shape, memory: memory) }
    let (xs, totals, nexts) = (x.region, total.mutable, next?.mutable)
    resources.workers.forEach(parts: blocks.count) { part in
      forward(blocks[part], factors, x: xs, skip: totals, overwritesSkip: overwritesSkip, next: nexts)
    }
    return GatedResidualResults(next: next, skip: total) { skip, next, features, needs in
      gradients(skip: skip, next: next, features: features, needs: needs, in: resources)
    }
  }

  /// As in `GatedResidualResults.Backward`.
  private func gradients(
    skip: Tensor<S>, next: consuming Tensor<S>?, features: consuming Tensor<S>?, needs: GatedResidualNeeds,
    in resources: Resources
  ) -> GatedResidualGradients<S> {
    let (hasNext, overwritesFeatures) = (next != nil, features == nil)
    let factors = factors(isForward: false)
    let shape: Shape = [blocks.batch, blocks.time, residualChannels]
    var dx: Tensor<S>? = hasNext || needs.input ? next ?? Tensor(undefined: shape, memory: memory) : nil
    var du = needs.features ? features ?? block.features.map { Tensor(undefined: $0.shape, memory: memory) } : nil
    var sums = block.partialSums(needs.weights, count: blocks.partialSumCount, memory: memory)
    let regions = sums.mapInPlace { $0?.region }
    let (ds, dxs, dus) = (skip.region, dx?.mutable, du?.mutable)
    resources.workers.forEach(parts: blocks.partialSumCount) { part in
      let partials = regions.map { $0.map { $0.base + part * ($0.count / blocks.partialSumCount) } }
      for index in blocks.blocks(ofPartialSum: part) {
        backward(
          blocks[index], factors, skipGradient: ds, nextGradient: hasNext ? dxs : nil, featureGradient: dus,
          overwritesFeatures: overwritesFeatures, needsGates: needs.gates, sums: partials)
      }
    }
    if needs.input, let dxs {
      resources.workers.forEach(parts: blocks.count) { part in
        inputGradient(blocks[part], factors, adds: hasNext, dxs)
      }
    }
    return GatedResidualGradients(input: needs.input ? dx : nil, features: du, weights: block.totals(sums))
  }
}

/// Partial sums of the gradients of weights; nil where not needed.
typealias GatedResidualSums<S: Scalar> = GatedResidualWeights<PartialSums<S>?>

extension GatedResidualBlock {
  /// The offset of a signal's dilated bias.
  func biasRow(_ signal: Int) -> Int {
    (weights.dilatedBias?.shape.rank ?? 1) == 1 ? 0 : signal * 2 * gateChannels
  }

  /// `count` partial sums for each gradient that is needed. Those of the dilated weight are in the packed layout of the
  /// products.
  func partialSums(_ needs: GatedResidualWeights<Bool>, count: Int, memory: MemoryPool) -> GatedResidualSums<S> {
    func sums(_ weight: Tensor<S>?, _ isNeeded: Bool?) -> PartialSums<S>? {
      guard let weight, isNeeded == true else { return nil }
      return PartialSums(weight.shape, count: count, memory: memory)
    }
    func present(_ weight: Tensor<S>?, _ isNeeded: Bool?) -> PartialSums<S>?? { weight.map { sums($0, isNeeded) } }
    return GatedResidualSums(
      dilatedWeight: sums(weights.dilatedWeight, needs.dilatedWeight),
      dilatedBias: present(weights.dilatedBias, needs.dilatedBias),
      skipWeight: sums(weights.skipWeight, needs.skipWeight), skipBias: present(weights.skipBias, needs.skipBias),
      residualWeight: present(weights.residualWeight, needs.residualWeight),
      residualBias: present(weights.residualBias, needs.residualBias),
      featureWeight: present(weights.featureWeight, needs.featureWeight))
  }

  /// The gradients from their partial sums.
  func totals(_ sums: GatedResidualSums<S>) -> GatedResidualWeights<Tensor<S>?> {
    var totals = sums.map { $0?.total() }
    totals.dilatedWeight = totals.dilatedWeight.map { ConvolutionTaps.unpacked($0, geometry) }
    return totals
  }
}
