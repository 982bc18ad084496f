/// The weight of a causal convolution as one matrix per tap and group, [K][groups][O/g][I/g], and the matrix products
/// of one block of time steps with it: shared by causal convolutions and gated residual blocks.
struct ConvolutionTaps<S: Scalar>: Sendable {
  let geometry: ConvolutionGeometry
  private let packed: Tensor<S>

  /// Packs a weight of shape [O, I/g, K].
  init(_ weight: Tensor<S>, _ geometry: ConvolutionGeometry, memory: MemoryPool?) {
    self.geometry = geometry
    let (rows, taps) = (weight.shape[0] * weight.shape[1], geometry.kernelSize)
    if taps == 1 {
      packed = weight.reshaped([1, rows])
      return
    }
    var packed = Tensor<S>(undefined: [taps, rows], memory: memory)
    let (source, target) = (weight.region, packed.mutable)
    for tap in 0..<taps {
      S.primitives.copy(n: rows, source.base + tap, stride: taps, target.base + tap * rows, stride: 1)
    }
    self.packed = packed
  }

  /// The gradient of the weight, [O, I/g, K], from that of the packed matrices.
  static func unpacked(_ gradient: Tensor<S>, _ geometry: ConvolutionGeometry) -> Tensor<S> {
    let (taps, rows) = (geometry.kernelSize, gradient.count / geometry.kernelSize)
    if taps == 1 { return gradient.reshaped(geometry.weightShape) }
    var result = Tensor<S>(undefined: geometry.weightShape, memory: nil)
    let (source, target) = (gradient.region, result.mutable)
    for tap in 0..<taps {
      S.primitives.copy(n: rows, source.base + tap * rows, stride: 1, target.base + tap, stride: taps)
    }
    return result
  }

  private var inputs: Int { geometry.inputChannels / geometry.groups }
  private var outputs: Int { geometry.outputChannels / geometry.groups }

  /// The matrix of a tap and group, [O/g][I/g]; valid as long as this value lives.
  func matrix(tap: Int, group: Int) -> UnsafePointer<S> {
    packed.region.base + (tap * geometry.groups + group) * inputs * outputs
  }

  /// The output of one block of time steps.
  ///
  /// - Parameters:
  ///   - x: the whole input [B, T, I].
  ///   - y: the whole output [B, T, O]; only the block's rows are written.
  func forward(
    _ block: TimeBlocks.Block, time: Int, _ x: UnsafePointer<S>, bias: UnsafePointer<S>?, _ y: UnsafeMutablePointer<S>
  ) {
    let first = block.batch * time + block.time.lowerBound
    let rows = y + first * geometry.outputChannels
    // The tap of the current sample contributes to every row, so it is first and overwrites the rows.
    for tap in (0..<geometry.kernelSize).reversed() {
      let shift = geometry.shift(ofTap: tap)
      let skipped = max(0, shift - block.time.lowerBound)
      if skipped >= block.time.count { continue }
      for group in 0..<geometry.groups {
        let out = rows + skipped * geometry.outputChannels + group * outputs
        S.primitives.multiplyMatrices(
          transposeA: false, transposeB: true, m: block.time.count - skipped, n: outputs, k: inputs,
          x + (first + skipped - shift) * geometry.inputChannels + group * inputs, lda: geometry.inputChannels,
          matrix(tap: tap, group: group), ldb: inputs,
          base: shift == 0
            ? ProductBase(row: bias.map { $0 + group * outputs })
            : ProductBase(out, stride: geometry.outputChannels),
          out, ldc: geometry.outputChannels)
      }
    }
  }

  /// The gradient of the input at one block of time steps: the contributions of all outputs that depend on these steps,
  /// added to `dx` where `adds`.
  func inputGradient(
    _ block: TimeBlocks.Block, time: Int, _ dy: UnsafePointer<S>, adds: Bool, _ dx: UnsafeMutablePointer<S>
  ) {
    let first = block.batch * time + block.time.lowerBound
    for tap in (0..<geometry.kernelSize).reversed() {
      let shift = geometry.shift(ofTap: tap)
      let count = min(block.time.count, time - shift - block.time.lowerBound)
      if count <= 0 { continue }
      for group in 0..<geometry.groups {
        let out = dx + first * geometry.inputChannels + group * inputs
        S.primitives.multiplyMatrices(
          transposeA: false, transposeB: false, m: count, n: inputs, k: outputs,
          dy + (first + shift) * geometry.outputChannels + group * outputs, lda: geometry.outputChannels,
          matrix(tap: tap, group: group), ldb: inputs,
          base: shift == 0 && !adds ? .zero : ProductBase(out, stride: geometry.inputChannels), out,
          ldc: geometry.inputChannels)
      }
    }
  }

  /// Adds the contribution of one block of time steps to the packed weight's gradient `dw`.
  static func addWeightGradient(
    _ block: TimeBlocks.Block, _ geometry: ConvolutionGeometry, time: Int, _ x: UnsafePointer<S>,
    _ dy: UnsafePointer<S>, _ dw: UnsafeMutablePointer<S>
  ) {
    let (inputs, outputs) = (geometry.inputChannels / geometry.groups, geometry.outputChannels / geometry.groups)
    let first = block.batch * time + block.time.lowerBound
    for tap in 0..<geometry.kernelSize {
      let shift = geometry.shift(ofTap: tap)
      let skipped = max(0, shift - block.time.lowerBound)
      if skipped >= block.time.count { continue }
      for group in 0..<geometry.groups {
        let out = dw + (tap * geometry.groups + group) * inputs * outputs
        S.primitives.multiplyMatrices(
          transposeA: true, transposeB: false, m: outputs, n: inputs, k: block.time.count - skipped,
          dy + (first + skipped) * geometry.outputChannels + group * outputs, lda: geometry.outputChannels,
          x + (first + skipped - shift) * geometry.inputChannels + group * inputs, ldb: geometry.inputChannels,
          base: ProductBase(out, stride: inputs), out, ldc: inputs)
      }
    }
  }
}
