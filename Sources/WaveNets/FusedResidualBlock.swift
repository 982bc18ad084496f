import KodamaTensors

/// The arithmetic of a residual block on one block of time steps: every matrix product is made while its operands are
/// in the cache.
///
/// Sizes: B signals, T time steps, R residual, G gate, S skip channels.
struct FusedResidualBlock<Number: Scalar>: Sendable {
  let blocks: TimeBlocks
  let taps: ConvolutionTaps<Number>
  /// [2G], or [B, 1, 2G]: one for each signal.
  let dilatedBias: Tensor<Number>?
  let skipWeight: Tensor<Number>
  let skipBias: Tensor<Number>?
  /// Nil in the last block.
  let residualWeight: Tensor<Number>?
  let residualBias: Tensor<Number>?
  let residualScale: Number
  /// Nil where the network is not conditioned on features.
  let features: StepFeatures?
  let workspace: Workspace

  /// What every step is told.
  struct StepFeatures: Sendable {
    /// [B, T, C].
    let values: Tensor<Number>
    /// [2G, C, 1].
    let weight: Tensor<Number>
    var channels: Int { values.shape.last }
  }

  var residualChannels: Int { taps.geometry.inputChannels }
  var gateChannels: Int { taps.geometry.outputChannels / 2 }
  var skipChannels: Int { skipWeight.shape[0] }

  /// The shapes of the gradients of the parameters: dilated, skip and residual weight, then their biases, then the
  /// weight of features. The dilated weight's gradient is in the packed layout of the products.
  var gradientShapes: [Shape] {
    [
      [taps.geometry.weightShape.count], skipWeight.shape, residualWeight?.shape ?? [0],
      dilatedBias?.shape ?? [2 * gateChannels], [skipChannels], [residualWeight == nil ? 0 : residualChannels],
      features?.weight.shape ?? [0],
    ]
  }

  /// Where the dilated bias of a signal stands.
  private func biasRow(_ signal: Int) -> Int { (dilatedBias?.shape.rank ?? 1) == 1 ? 0 : signal * 2 * gateChannels }

  /// Forward over one block.
  ///
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - gates: [B, T, 2G], becomes (tanh, sigmoid).
  ///   - skip: [B, T, S]; added to, or begun where `beginsSkip`.
  ///   - next: [B, T, R], the input of the next block; nil in the last.
  func forward(
    _ block: TimeBlocks.Block, x: Region<Number>, gates: Region<Number>, skip: Region<Number>, beginsSkip: Bool,
    next: Region<Number>?
  ) {
    let (rows, first) = (block.time.count, block.batch * blocks.time + block.time.lowerBound)
    var gated = Tensor<Number>(undefined: [rows, gateChannels], workspace: workspace)
    let y = gated.mutable.base
    defer { withExtendedLifetime(gated) {} }
    let bias = dilatedBias.map { UnsafePointer($0.region.base) + biasRow(block.batch) }
    taps.forward(block, time: blocks.time, x.base, bias: bias, gates.base)
    if let features {
      Number.primitives.multiplyMatrices(
        transposeA: false, transposeB: true, m: rows, n: 2 * gateChannels, k: features.channels,
        features.values.region.base + first * features.channels, lda: features.channels, features.weight.region.base,
        ldb: features.channels, beta: 1, gates.base + first * 2 * gateChannels, ldc: 2 * gateChannels)
    }
    Number.primitives.gateForward(rows: rows, channels: gateChannels, gates.base + first * 2 * gateChannels, y)

    let skipRows = skip.base + first * skipChannels
    if let skipBias {
      let bias = skipBias.region.base
      if beginsSkip {
        Number.primitives.fillRows(rows: rows, columns: skipChannels, bias, skipRows)
      } else {
        Number.primitives.addRow(rows: rows, columns: skipChannels, bias, skipRows)
      }
    }
    Number.primitives.multiplyMatrices(
      transposeA: false, transposeB: true, m: rows, n: skipChannels, k: gateChannels, y, lda: gateChannels,
      skipWeight.region.base, ldb: gateChannels, beta: beginsSkip && skipBias == nil ? 0 : 1, skipRows,
      ldc: skipChannels)

    guard let residualWeight, let next else { return }
    let nextRows = next.base + first * residualChannels
    nextRows.update(from: x.base + first * residualChannels, count: rows * residualChannels)
    if let residualBias {
      Number.primitives.addRow(rows: rows, columns: residualChannels, residualBias.region.base, nextRows)
    }
    Number.primitives.multiplyMatrices(
      transposeA: false, transposeB: true, m: rows, n: residualChannels, k: gateChannels, y, lda: gateChannels,
      residualWeight.region.base, ldb: gateChannels, beta: 1, nextRows, ldc: residualChannels)
    if residualScale != 1 {
      Number.primitives.scale(n: rows * residualChannels, residualScale, nextRows, nextRows)
    }
  }

  /// Backward over one block, up to the gradients before the gates; adds what the block says of the parameters.
  ///
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - gates: [B, T, 2G], activated; becomes the gradient before activation.
  ///   - skipGradient: [B, T, S].
  ///   - nextGradient: [B, T, R], becomes that of the sum before scaling; nil in the last block.
  ///   - featureGradient: [B, T, C], that of the features; nil where nobody asks for it.
  ///   - beginsFeatures: whether the gradient of the features is begun, not added to.
  ///   - sums: this lane's sums, in the order of `gradientShapes`.
  func backward(
    _ block: TimeBlocks.Block, x: Region<Number>, gates: Region<Number>, skipGradient: Region<Number>,
    nextGradient: Region<Number>?, featureGradient: Region<Number>?, beginsFeatures: Bool,
    sums: [UnsafeMutablePointer<Number>]
  ) {
    let (rows, first) = (block.time.count, block.batch * blocks.time + block.time.lowerBound)
    var (gated, gatedGradient) = (
      Tensor<Number>(undefined: [rows, gateChannels], workspace: workspace),
      Tensor<Number>(undefined: [rows, gateChannels], workspace: workspace)
    )
    let (y, dy, z) = (gated.mutable.base, gatedGradient.mutable.base, gates.base + first * 2 * gateChannels)
    defer { withExtendedLifetime((gated, gatedGradient)) {} }
    Number.primitives.gateProduct(rows: rows, channels: gateChannels, z, y)

    let ds = skipGradient.base + first * skipChannels
    Number.primitives.multiplyMatrices(
      transposeA: false, transposeB: false, m: rows, n: gateChannels, k: skipChannels, ds, lda: skipChannels,
      skipWeight.region.base, ldb: gateChannels, beta: 0, dy, ldc: gateChannels)
    Number.primitives.multiplyMatrices(
      transposeA: true, transposeB: false, m: skipChannels, n: gateChannels, k: rows, ds, lda: skipChannels, y,
      ldb: gateChannels, beta: 1, sums[1], ldc: gateChannels)
    Number.primitives.sumRows(rows: rows, columns: skipChannels, ds, sums[4])

    if let residualWeight, let nextGradient {
      let dn = nextGradient.base + first * residualChannels
      if residualScale != 1 { Number.primitives.scale(n: rows * residualChannels, residualScale, dn, dn) }
      Number.primitives.multiplyMatrices(
        transposeA: false, transposeB: false, m: rows, n: gateChannels, k: residualChannels, dn, lda: residualChannels,
        residualWeight.region.base, ldb: gateChannels, beta: 1, dy, ldc: gateChannels)
      Number.primitives.multiplyMatrices(
        transposeA: true, transposeB: false, m: residualChannels, n: gateChannels, k: rows, dn, lda: residualChannels,
        y, ldb: gateChannels, beta: 1, sums[2], ldc: gateChannels)
      Number.primitives.sumRows(rows: rows, columns: residualChannels, dn, sums[5])
    }

    Number.primitives.gateBackward(rows: rows, channels: gateChannels, z, dy, z)
    ConvolutionTaps<Number>.addWeightGradient(block, taps.geometry, time: blocks.time, x.base, gates.base, sums[0])
    Number.primitives.sumRows(rows: rows, columns: 2 * gateChannels, z, sums[3] + biasRow(block.batch))

    guard let features else { return }
    let (channels, start) = (features.channels, first * features.channels)
    Number.primitives.multiplyMatrices(
      transposeA: true, transposeB: false, m: 2 * gateChannels, n: channels, k: rows, z, lda: 2 * gateChannels,
      features.values.region.base + start, ldb: channels, beta: 1, sums[6], ldc: channels)
    guard let featureGradient else { return }
    Number.primitives.multiplyMatrices(
      transposeA: false, transposeB: false, m: rows, n: channels, k: 2 * gateChannels, z, lda: 2 * gateChannels,
      features.weight.region.base, ldb: channels, beta: beginsFeatures ? 0 : 1, featureGradient.base + start,
      ldc: channels)
  }
}
