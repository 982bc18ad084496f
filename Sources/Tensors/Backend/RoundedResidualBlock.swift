import KodamaCore

extension GatedResidualBlock {
  /// Whether its products can be rounded to bfloat16.
  var canBeRounded: Bool {
    let divisor = RoundedProducts<S>.channelDivisor
    return RoundedTaps<S>.fits(geometry) && gateChannels % divisor == 0 && skipChannels % divisor == 0
      && (features?.shape.last ?? 0) % divisor == 0
  }
}

/// A gated residual block whose products are rounded to bfloat16. Its input, and the numbers before its gates, are kept in
/// bfloat16 for the backward pass; the stream from block to block and all sums are in full precision.
///
/// Both passes activate the gates from the rounded numbers, so that the gradients are those of the numbers that the
/// forward pass computed, but for the rounding itself, whose derivative is taken as 1. Activated gates are not kept: near
/// 1, where they saturate, little of their derivative would be left after rounding.
struct RoundedResidualParts<S: Scalar>: GatedResidualArithmetic {
  let block: GatedResidualBlock<S>
  let blocks: TimeBlocks
  let memory: MemoryPool
  /// [B, T, R].
  private let x: RoundedTensor
  /// [B, T, 2G], before activation; the backward pass puts their gradients here.
  private let gates: RoundedTensor

  /// Time steps whose intermediate values stay in the caches.
  private static var steps: Int { 256 }

  init(_ x: Tensor<S>, _ block: GatedResidualBlock<S>, in resources: Resources) {
    self.block = block
    memory = resources.memory
    blocks = TimeBlocks(batch: x.shape[0], time: x.shape[1])
    self.x = RoundedTensor(x, in: resources)
    gates = RoundedTensor(undefined: x.shape.rows * 2 * block.gateChannels, memory: memory)
  }

  func factors(isForward: Bool) -> PackedWeights { PackedWeights(block, transposed: isForward, memory: memory) }

  func forward(
    _ part: TimeBlocks.Block, _ packed: PackedWeights, x: Region<S>, skip: MutableRegion<S>, overwritesSkip: Bool,
    next: MutableRegion<S>?
  ) {
    for steps in part.parts(of: Self.steps) {
      forward(steps: steps, packed, x: x, skip: skip, overwritesSkip: overwritesSkip, next: next)
    }
  }

  func backward(
    _ part: TimeBlocks.Block, _ packed: PackedWeights, skipGradient: Region<S>, nextGradient: MutableRegion<S>?,
    featureGradient: MutableRegion<S>?, overwritesFeatures: Bool, needsGates: Bool,
    sums: GatedResidualWeights<UnsafeMutablePointer<S>?>
  ) {
    for steps in part.parts(of: Self.steps) {
      backward(
        steps: steps, packed, skipGradient: skipGradient, nextGradient: nextGradient, featureGradient: featureGradient,
        overwritesFeatures: overwritesFeatures, needsGates: needsGates, sums: sums)
    }
  }

  func inputGradient(_ part: TimeBlocks.Block, _ packed: PackedWeights, adds: Bool, _ dx: MutableRegion<S>) {
    packed.dilated.inputGradient(part, time: blocks.time, gates.base, adds: adds, dx.base)
  }

  /// Forward over some steps of a block.
  private func forward(
    steps part: TimeBlocks.Block, _ packed: PackedWeights, x: Region<S>, skip: MutableRegion<S>, overwritesSkip: Bool,
    next: MutableRegion<S>?
  ) {
    let (weights, primitives, products) = (block.weights, S.primitives, S.roundedProducts)
    let (rows, first) = (part.time.count, part.batch * blocks.time + part.time.lowerBound)
    var (activations, gated) = (
      Tensor<S>(undefined: [rows, 2 * gateChannels], memory: memory),
      Tensor<S>(undefined: [rows, gateChannels], memory: memory)
    )
    let (z, h, y) = (
      activations.mutable.base, gated.mutable.base, RoundedTensor(undefined: rows * gateChannels, memory: memory)
    )
    defer { withExtendedLifetime((activations, gated, y)) {} }
    let bias = weights.dilatedBias.map { $0.region.base + block.biasRow(part.batch) }
    packed.dilated.forward(part, time: blocks.time, self.x.base, bias: bias, z)
    if let features = block.features, let weight = packed.features {
      let channels = features.shape.last
      let rounded = RoundedTensor(undefined: rows * channels, memory: memory)
      products.round(
        rows: rows, columns: channels, features.region.base + first * channels, stride: channels, rounded.base)
      weight.multiply(rounded.base, rows: rows, base: ProductBase(z, stride: 2 * gateChannels), z)
      withExtendedLifetime(rounded) {}
    }
    let halves = gates.base + first * 2 * gateChannels
    products.round(rows: rows, columns: 2 * gateChannels, z, stride: 2 * gateChannels, halves)
    products.widen(rows: rows, columns: 2 * gateChannels, halves, stride: 2 * gateChannels, z)
    primitives.gateForward(rows: rows, channels: gateChannels, z, h)
    products.round(rows: rows, columns: gateChannels, h, stride: gateChannels, y.base)

    let skipRows = skip.base + first * skipChannels
    let skipBias = weights.skipBias?.region.base
    packed.skip.multiply(
      y.base, rows: rows,
      base: overwritesSkip ? ProductBase(row: skipBias) : ProductBase(skipRows, stride: skipChannels, row: skipBias),
      skipRows)

    guard let residual = packed.residual, let next else { return }
    let nextRows = next.base + first * residualChannels
    residual.multiply(
      y.base, rows: rows,
      base: ProductBase(
        x.base + first * residualChannels, stride: residualChannels, row: weights.residualBias?.region.base),
      nextRows)
    if block.residualScale != 1 {
      primitives.scale(n: rows * residualChannels, block.residualScale, nextRows, nextRows)
    }
  }

  /// Backward over some steps of a block.
  private func backward(
    steps part: TimeBlocks.Block, _ packed: PackedWeights, skipGradient: Region<S>, nextGradient: MutableRegion<S>?,
    featureGradient: MutableRegion<S>?, overwritesFeatures: Bool, needsGates: Bool,
    sums: GatedResidualWeights<UnsafeMutablePointer<S>?>
  ) {
    let (primitives, products) = (S.primitives, S.roundedProducts)
    let (rows, first) = (part.time.count, part.batch * blocks.time + part.time.lowerBound)
    let most = max(2 * gateChannels, skipChannels, residualChannels, block.features?.shape.last ?? 0)
    var (activations, gated, gatedGradient, leftFactor, rightFactor) = (
      Tensor<S>(undefined: [rows, 2 * gateChannels], memory: memory),
      Tensor<S>(undefined: [rows, gateChannels], memory: memory),
      Tensor<S>(undefined: [rows, gateChannels], memory: memory),
      Tensor<S>(undefined: [products.packedCount(inner: rows, columns: most)], memory: memory),
      Tensor<S>(undefined: [products.packedCount(inner: rows, columns: most)], memory: memory)
    )
    let (z, y, dy) = (activations.mutable.base, gated.mutable.base, gatedGradient.mutable.base)
    let (left, right) = (leftFactor.mutable.base, rightFactor.mutable.base)
    let rounded = RoundedTensor(undefined: rows * most, memory: memory)
    defer { withExtendedLifetime((activations, gated, gatedGradient, leftFactor, rightFactor, rounded)) {} }
    let halves = gates.base + first * 2 * gateChannels
    products.widen(rows: rows, columns: 2 * gateChannels, halves, stride: 2 * gateChannels, z)
    primitives.gateForward(rows: rows, channels: gateChannels, z, y)
    products.pack(inner: rows, columns: gateChannels, y, stride: gateChannels, right)

    /// The gradient of y, and the gradients of a weight [channels, G] and its bias, from that of the weight's output.
    func multiply(
      _ gradient: UnsafePointer<S>, channels: Int, by factor: PackedFactor<S>, base: ProductBase<S>,
      weight: UnsafeMutablePointer<S>?, bias: UnsafeMutablePointer<S>?
    ) {
      if needsGates {
        products.round(rows: rows, columns: channels, gradient, stride: channels, rounded.base)
        factor.multiply(rounded.base, rows: rows, base: base, dy)
      }
      if let weight {
        products.pack(inner: rows, columns: channels, gradient, stride: channels, left)
        products.multiplyTransposed(
          rows: channels, columns: gateChannels, inner: rows, left, right,
          base: ProductBase(weight, stride: gateChannels), weight, outStride: gateChannels)
      }
      if let bias { primitives.sumRows(rows: rows, columns: channels, gradient, bias) }
    }

    multiply(
      skipGradient.base + first * skipChannels, channels: skipChannels, by: packed.skip, base: .zero,
      weight: sums.skipWeight, bias: sums.skipBias ?? nil)
    if let residual = packed.residual, let nextGradient {
      let dn = nextGradient.base + first * residualChannels
      if block.residualScale != 1 { primitives.scale(n: rows * residualChannels, block.residualScale, dn, dn) }
      multiply(
        dn, channels: residualChannels, by: residual, base: ProductBase(dy, stride: gateChannels),
        weight: sums.residualWeight ?? nil, bias: sums.residualBias ?? nil)
    }

    if !needsGates { return }
    primitives.gateBackward(rows: rows, channels: gateChannels, z, dy, z)
    products.round(rows: rows, columns: 2 * gateChannels, z, stride: 2 * gateChannels, halves)
    if let sum = sums.dilatedWeight {
      RoundedTaps<S>.addWeightGradient(part, block.geometry, time: blocks.time, x.base, z, sum, memory: memory)
    }
    if case let sum?? = sums.dilatedBias {
      primitives.sumRows(rows: rows, columns: 2 * gateChannels, z, sum + block.biasRow(part.batch))
    }

    guard let features = block.features, let weight = packed.features else { return }
    let channels = features.shape.last
    if case let sum?? = sums.featureWeight {
      products.pack(inner: rows, columns: 2 * gateChannels, z, stride: 2 * gateChannels, left)
      products.pack(inner: rows, columns: channels, features.region.base + first * channels, stride: channels, right)
      products.multiplyTransposed(
        rows: 2 * gateChannels, columns: channels, inner: rows, left, right, base: ProductBase(sum, stride: channels),
        sum, outStride: channels)
    }
    guard let featureGradient else { return }
    let du = featureGradient.base + first * channels
    weight.multiply(
      halves, rows: rows, base: overwritesFeatures ? .zero : ProductBase(du, stride: channels), du)
  }

  /// The weights as factors of the products of one pass.
  struct PackedWeights: Sendable {
    let dilated: RoundedTaps<S>
    let skip: PackedFactor<S>
    let residual: PackedFactor<S>?
    let features: PackedFactor<S>?

    init(_ block: GatedResidualBlock<S>, transposed: Bool, memory: MemoryPool) {
      let weights = block.weights
      func factor(_ weight: Tensor<S>) -> PackedFactor<S> {
        PackedFactor(
          weight.region.base, outputs: weight.shape[0], inputs: weight.shape[1], transposed: transposed, memory: memory)
      }
      dilated = RoundedTaps(weights.dilatedWeight, block.geometry, transposed: transposed, memory: memory)
      skip = factor(weights.skipWeight)
      residual = weights.residualWeight.map(factor)
      features = weights.featureWeight.map(factor)
    }
  }
}
