/// Gated residual blocks in blocks of time steps, so that the operands of every matrix product are in the cache.
extension ProcessorBackend: GatedResidualBackend {
  var gatedResidualBlocks: (any GatedResidualBackend)? { self }

  func gatedResidualBlock<S>(
    _ x: Tensor<S>, _ block: GatedResidualBlock<S>, skip: consuming Tensor<S>?, in resources: Resources
  ) -> GatedResidualResults<S> {
    if products == .bfloat16 && block.canBeRounded {
      return RoundedResidualParts(x, block, in: resources).results(x, skip: skip, in: resources)
    }
    return GatedResidualParts(x, block, in: resources).results(x, skip: skip, in: resources)
  }
}

/// A gated residual block in full precision.
private struct GatedResidualParts<S: Scalar>: GatedResidualArithmetic {
  let block: GatedResidualBlock<S>
  let blocks: TimeBlocks
  let memory: MemoryPool
  private let taps: ConvolutionTaps<S>
  /// [B, T, R].
  private let x: Tensor<S>
  /// [B, T, 2G], activated; the backward pass puts the gradients before activation here.
  private let gates: Storage<S>

  init(_ x: Tensor<S>, _ block: GatedResidualBlock<S>, in resources: Resources) {
    self.x = x
    self.block = block
    memory = resources.memory
    blocks = TimeBlocks(batch: x.shape[0], time: x.shape[1])
    taps = ConvolutionTaps(block.weights.dilatedWeight, block.geometry, memory: memory)
    gates = Storage(count: x.shape.rows * 2 * block.gateChannels, memory: memory)
  }

  func factors(isForward: Bool) -> ConvolutionTaps<S> { taps }

  func inputGradient(_ part: TimeBlocks.Block, _ taps: ConvolutionTaps<S>, adds: Bool, _ dx: MutableRegion<S>) {
    taps.inputGradient(part, time: blocks.time, gates.base, adds: adds, dx.base)
  }

  func forward(
    _ part: TimeBlocks.Block, _ taps: ConvolutionTaps<S>, x: Region<S>, skip: MutableRegion<S>, overwritesSkip: Bool,
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

  func backward(
    _ part: TimeBlocks.Block, _ taps: ConvolutionTaps<S>, skipGradient: Region<S>, nextGradient: MutableRegion<S>?,
    featureGradient: MutableRegion<S>?, overwritesFeatures: Bool, needsGates: Bool,
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
      ConvolutionTaps<S>.addWeightGradient(part, block.geometry, time: blocks.time, x.region.base, gates.base, sum)
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
