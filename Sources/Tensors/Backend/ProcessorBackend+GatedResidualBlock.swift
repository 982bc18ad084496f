/// Gated residual blocks in blocks of time steps, so that the operands of every matrix product are in the cache.
extension ProcessorBackend: GatedResidualBackend {
  var gatedResidualBlocks: (any GatedResidualBackend)? { self }

  func gatedResidualBlock<S>(
    _ x: Tensor<S>, _ block: GatedResidualBlock<S>, skip: consuming Tensor<S>?, in resources: Resources
  ) -> GatedResidualResults<S> {
    if products == .bfloat16 && block.canBeRounded {
      return RoundedResidualParts<S>.results(x, block, skip: skip, in: resources)
    }
    let (batch, time, overwritesSkip) = (x.shape[0], x.shape[1], skip == nil)
    let parts = GatedResidualParts(block, batch: batch, time: time, in: resources)
    var total = skip ?? Tensor(undefined: [batch, time, block.skipChannels], memory: resources.memory)
    var gates = Tensor<S>(undefined: [batch, time, 2 * block.gateChannels], memory: resources.memory)
    var next = block.weights.residualWeight.map { _ in Tensor<S>(undefined: x.shape, memory: resources.memory) }
    let (xs, zs, totals, nexts) = (x.region, gates.mutable, total.mutable, next?.mutable)
    resources.workers.forEach(parts: parts.blocks.count) { part in
      parts.forward(parts.blocks[part], x: xs, gates: zs, skip: totals, overwritesSkip: overwritesSkip, next: nexts)
    }
    return GatedResidualResults(next: next, skip: total) { skip, next, features, needs in
      parts.gradients(x, gates: &gates, skip: skip, next: next, features: features, needs: needs, in: resources)
    }
  }
}

/// The arithmetic of a gated residual block on one block of time steps.
private struct GatedResidualParts<S: Scalar>: Sendable {
  let block: GatedResidualBlock<S>
  let blocks: TimeBlocks
  let taps: ConvolutionTaps<S>
  let memory: MemoryPool

  init(_ block: GatedResidualBlock<S>, batch: Int, time: Int, in resources: Resources) {
    self.block = block
    memory = resources.memory
    blocks = TimeBlocks(batch: batch, time: time)
    taps = ConvolutionTaps(block.weights.dilatedWeight, block.geometry, memory: memory)
  }

  private var residualChannels: Int { block.residualChannels }
  private var gateChannels: Int { block.gateChannels }
  private var skipChannels: Int { block.skipChannels }

  /// The gradients, from the input [B, T, R] and the activated gates [B, T, 2G], which are overwritten; the others as in
  /// `GatedResidualResults.Backward`.
  func gradients(
    _ x: Tensor<S>, gates: inout Tensor<S>, skip: Tensor<S>, next: consuming Tensor<S>?,
    features: consuming Tensor<S>?, needs: GatedResidualNeeds, in resources: Resources
  ) -> GatedResidualGradients<S> {
    let (hasNext, overwritesFeatures) = (next != nil, features == nil)
    var dx: Tensor<S>? = hasNext || needs.input ? next ?? Tensor(undefined: x.shape, memory: memory) : nil
    var du = needs.features ? features ?? block.features.map { Tensor(undefined: $0.shape, memory: memory) } : nil
    var sums = block.partialSums(needs.weights, count: blocks.partialSumCount, memory: memory)
    let regions = sums.mapInPlace { $0?.region }
    let (xs, zs, ds, dxs, dus) = (x.region, gates.mutable, skip.region, dx?.mutable, du?.mutable)
    resources.workers.forEach(parts: blocks.partialSumCount) { part in
      let partials = regions.map { $0.map { $0.base + part * ($0.count / blocks.partialSumCount) } }
      for index in blocks.blocks(ofPartialSum: part) {
        backward(
          blocks[index], x: xs, gates: zs, skipGradient: ds, nextGradient: hasNext ? dxs : nil, featureGradient: dus,
          overwritesFeatures: overwritesFeatures, needsGates: needs.gates, sums: partials)
      }
    }
    if needs.input, let dxs {
      resources.workers.forEach(parts: blocks.count) { part in
        taps.inputGradient(blocks[part], time: blocks.time, zs.base, adds: hasNext, dxs.base)
      }
    }
    return GatedResidualGradients(
      input: needs.input ? dx : nil, features: du, weights: block.totals(sums))
  }

  /// Forward over one block.
  ///
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - gates: [B, T, 2G], becomes (tanh, sigmoid).
  ///   - skip: [B, T, S]; added to, or overwritten where `overwritesSkip`.
  ///   - next: [B, T, R], the input of the next block; nil in the last.
  func forward(
    _ part: TimeBlocks.Block, x: Region<S>, gates: MutableRegion<S>, skip: MutableRegion<S>, overwritesSkip: Bool,
    next: MutableRegion<S>?
  ) {
    let (weights, primitives) = (block.weights, S.primitives)
    let (rows, first) = (part.time.count, part.batch * blocks.time + part.time.lowerBound)
    var gated = Tensor<S>(undefined: [rows, gateChannels], memory: memory)
    let y = gated.mutable.base
    defer { withExtendedLifetime(gated) {} }
    let bias = weights.dilatedBias.map { $0.region.base + block.biasRow(part.batch) }
    taps.forward(part, time: blocks.time, x.base, bias: bias, gates.base)
    let z = gates.base + first * 2 * gateChannels
    if let features = block.features, let weight = weights.featureWeight {
      let channels = features.shape.last
      primitives.multiplyMatrices(
        transposeA: false, transposeB: true, m: rows, n: 2 * gateChannels, k: channels,
        features.region.base + first * channels, lda: channels, weight.region.base, ldb: channels,
        base: ProductBase(z, stride: 2 * gateChannels), z, ldc: 2 * gateChannels)
    }
    primitives.gateForward(rows: rows, channels: gateChannels, z, y)

    let skipRows = skip.base + first * skipChannels
    let skipBias = weights.skipBias?.region.base
    primitives.multiplyMatrices(
      transposeA: false, transposeB: true, m: rows, n: skipChannels, k: gateChannels, y, lda: gateChannels,
      weights.skipWeight.region.base, ldb: gateChannels,
      base: overwritesSkip
        ? ProductBase(row: skipBias) : ProductBase(skipRows, stride: skipChannels, row: skipBias),
      skipRows, ldc: skipChannels)

    guard let residualWeight = weights.residualWeight, let next else { return }
    let nextRows = next.base + first * residualChannels
    primitives.multiplyMatrices(
      transposeA: false, transposeB: true, m: rows, n: residualChannels, k: gateChannels, y, lda: gateChannels,
      residualWeight.region.base, ldb: gateChannels,
      base: ProductBase(
        x.base + first * residualChannels, stride: residualChannels, row: weights.residualBias?.region.base),
      nextRows, ldc: residualChannels)
    if block.residualScale != 1 {
      primitives.scale(n: rows * residualChannels, block.residualScale, nextRows, nextRows)
    }
  }

  /// Backward over one block, up to the gradients before the gates; accumulates the gradients of weights.
  ///
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - gates: [B, T, 2G], activated; becomes the gradient before activation where `needsGates`.
  ///   - skipGradient: [B, T, S].
  ///   - nextGradient: [B, T, R], becomes that of the sum before scaling; nil where nothing depends on the next input.
  ///   - featureGradient: [B, T, C], that of the features; nil where not needed.
  ///   - overwritesFeatures: whether the gradient of the features is overwritten, not added to.
  ///   - sums: the partial sums to add to; nil where not needed.
  func backward(
    _ part: TimeBlocks.Block, x: Region<S>, gates: MutableRegion<S>, skipGradient: Region<S>,
    nextGradient: MutableRegion<S>?, featureGradient: MutableRegion<S>?, overwritesFeatures: Bool, needsGates: Bool,
    sums: GatedResidualWeights<UnsafeMutablePointer<S>?>
  ) {
    let (weights, primitives) = (block.weights, S.primitives)
    let (rows, first) = (part.time.count, part.batch * blocks.time + part.time.lowerBound)
    var (gated, gatedGradient) = (
      Tensor<S>(undefined: [rows, gateChannels], memory: memory),
      Tensor<S>(undefined: [rows, gateChannels], memory: memory)
    )
    let (y, dy, z) = (gated.mutable.base, gatedGradient.mutable.base, gates.base + first * 2 * gateChannels)
    defer { withExtendedLifetime((gated, gatedGradient)) {} }
    primitives.gateProduct(rows: rows, channels: gateChannels, z, y)

    let ds = skipGradient.base + first * skipChannels
    if needsGates {
      primitives.multiplyMatrices(
        transposeA: false, transposeB: false, m: rows, n: gateChannels, k: skipChannels, ds, lda: skipChannels,
        weights.skipWeight.region.base, ldb: gateChannels, base: .zero, dy, ldc: gateChannels)
    }
    if let sum = sums.skipWeight {
      primitives.multiplyMatrices(
        transposeA: true, transposeB: false, m: skipChannels, n: gateChannels, k: rows, ds, lda: skipChannels, y,
        ldb: gateChannels, base: ProductBase(sum, stride: gateChannels), sum, ldc: gateChannels)
    }
    if case let sum?? = sums.skipBias { primitives.sumRows(rows: rows, columns: skipChannels, ds, sum) }

    if let residualWeight = weights.residualWeight, let nextGradient {
      let dn = nextGradient.base + first * residualChannels
      if block.residualScale != 1 { primitives.scale(n: rows * residualChannels, block.residualScale, dn, dn) }
      if needsGates {
        primitives.multiplyMatrices(
          transposeA: false, transposeB: false, m: rows, n: gateChannels, k: residualChannels, dn,
          lda: residualChannels, residualWeight.region.base, ldb: gateChannels,
          base: ProductBase(dy, stride: gateChannels), dy, ldc: gateChannels)
      }
      if case let sum?? = sums.residualWeight {
        primitives.multiplyMatrices(
          transposeA: true, transposeB: false, m: residualChannels, n: gateChannels, k: rows, dn,
          lda: residualChannels, y, ldb: gateChannels, base: ProductBase(sum, stride: gateChannels), sum,
          ldc: gateChannels)
      }
      if case let sum?? = sums.residualBias { primitives.sumRows(rows: rows, columns: residualChannels, dn, sum) }
    }

    if !needsGates { return }
    primitives.gateBackward(rows: rows, channels: gateChannels, z, dy, z)
    if let sum = sums.dilatedWeight {
      ConvolutionTaps<S>.addWeightGradient(part, block.geometry, time: blocks.time, x.base, gates.base, sum)
    }
    if case let sum?? = sums.dilatedBias {
      primitives.sumRows(rows: rows, columns: 2 * gateChannels, z, sum + block.biasRow(part.batch))
    }

    guard let features = block.features, let weight = weights.featureWeight else { return }
    let (channels, start) = (features.shape.last, first * features.shape.last)
    if case let sum?? = sums.featureWeight {
      primitives.multiplyMatrices(
        transposeA: true, transposeB: false, m: 2 * gateChannels, n: channels, k: rows, z, lda: 2 * gateChannels,
        features.region.base + start, ldb: channels, base: ProductBase(sum, stride: channels), sum, ldc: channels)
    }
    guard let featureGradient else { return }
    let du = featureGradient.base + start
    primitives.multiplyMatrices(
      transposeA: false, transposeB: false, m: rows, n: channels, k: 2 * gateChannels, z, lda: 2 * gateChannels,
      weight.region.base, ldb: channels, base: overwritesFeatures ? .zero : ProductBase(du, stride: channels), du,
      ldc: channels)
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
