/// The weight of a causal convolution, rounded to bfloat16 and packed for products, one matrix per tap; and the products
/// of blocks of time steps with it. `ConvolutionTaps` has the same in full precision.
struct RoundedTaps<S: Scalar>: Sendable {
  let geometry: ConvolutionGeometry
  private let taps: [PackedFactor<S>]
  private let memory: MemoryPool

  /// Packs a weight of shape [O, I, K], of one group.
  ///
  /// - Parameter transposed: whether for products with inputs, else with gradients of outputs.
  init(_ weight: Tensor<S>, _ geometry: ConvolutionGeometry, transposed: Bool, memory: MemoryPool) {
    self.geometry = geometry
    self.memory = memory
    let packed = ConvolutionTaps(weight, geometry, memory: memory)
    taps = (0..<geometry.kernelSize).map { tap in
      PackedFactor(
        packed.matrix(tap: tap, group: 0), outputs: geometry.outputChannels, inputs: geometry.inputChannels,
        transposed: transposed, memory: memory)
    }
  }

  /// Whether products of a geometry can be rounded.
  static func fits(_ geometry: ConvolutionGeometry) -> Bool {
    let divisor = RoundedProducts<S>.channelDivisor
    return geometry.groups == 1 && geometry.inputChannels % divisor == 0 && geometry.outputChannels % divisor == 0
  }

  /// The output of one block of time steps.
  ///
  /// - Parameters:
  ///   - x: the whole input [B, T, I].
  ///   - y: the block's rows of the output, [rows, O].
  func forward(
    _ block: TimeBlocks.Block, time: Int, _ x: UnsafePointer<Rounded>, bias: UnsafePointer<S>?,
    _ y: UnsafeMutablePointer<S>
  ) {
    let (first, outputs) = (block.batch * time + block.time.lowerBound, geometry.outputChannels)
    for tap in (0..<geometry.kernelSize).reversed() {
      let shift = geometry.shift(ofTap: tap)
      let skipped = max(0, shift - block.time.lowerBound)
      if skipped >= block.time.count { continue }
      let out = y + skipped * outputs
      taps[tap].multiply(
        x + (first + skipped - shift) * geometry.inputChannels, rows: block.time.count - skipped,
        base: shift == 0 ? ProductBase(row: bias) : ProductBase(out, stride: outputs), out)
    }
  }

  /// The gradient of the input at one block of time steps, added to `dx` where `adds`.
  ///
  /// - Parameters:
  ///   - dy: the whole gradient of the output, [B, T, O].
  ///   - dx: the whole gradient of the input, [B, T, I].
  func inputGradient(
    _ block: TimeBlocks.Block, time: Int, _ dy: UnsafePointer<Rounded>, adds: Bool, _ dx: UnsafeMutablePointer<S>
  ) {
    let (first, inputs) = (block.batch * time + block.time.lowerBound, geometry.inputChannels)
    for tap in (0..<geometry.kernelSize).reversed() {
      let shift = geometry.shift(ofTap: tap)
      let count = min(block.time.count, time - shift - block.time.lowerBound)
      if count <= 0 { continue }
      let out = dx + first * inputs
      taps[tap].multiply(
        dy + (first + shift) * geometry.outputChannels, rows: count,
        base: shift == 0 && !adds ? .zero : ProductBase(out, stride: inputs), out)
    }
  }

  /// Adds the contribution of one block of time steps to the weight's gradient `dw`, [K][O][I].
  ///
  /// - Parameters:
  ///   - x: the whole input [B, T, I].
  ///   - dy: the gradients of the block's outputs, [rows, O].
  static func addWeightGradient(
    _ block: TimeBlocks.Block, _ geometry: ConvolutionGeometry, time: Int, _ x: UnsafePointer<Rounded>,
    _ dy: UnsafePointer<S>, _ dw: UnsafeMutablePointer<S>, memory: MemoryPool
  ) {
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    let (first, products) = (block.batch * time + block.time.lowerBound, S.roundedProducts)
    var (left, right) = (
      Tensor<S>(undefined: [products.packedCount(inner: block.time.count, columns: outputs)], memory: memory),
      Tensor<S>(undefined: [products.packedCount(inner: block.time.count, columns: inputs)], memory: memory)
    )
    let (gradients, steps) = (left.mutable.base, right.mutable.base)
    defer { withExtendedLifetime((left, right)) {} }
    var packed: Int?
    for tap in 0..<geometry.kernelSize {
      let shift = geometry.shift(ofTap: tap)
      let skipped = max(0, shift - block.time.lowerBound)
      if skipped >= block.time.count { continue }
      let rows = block.time.count - skipped
      if packed != skipped {
        products.pack(inner: rows, columns: outputs, dy + skipped * outputs, stride: outputs, gradients)
        packed = skipped
      }
      products.pack(
        inner: rows, columns: inputs, rounded: x + (first + skipped - shift) * inputs, stride: inputs, steps)
      let out = dw + tap * inputs * outputs
      products.multiplyTransposed(
        rows: outputs, columns: inputs, inner: rows, gradients, steps, base: ProductBase(out, stride: inputs), out,
        outStride: inputs)
    }
  }
}

/// A matrix of weights [O, I] as the right factor of products with rows of rounded numbers.
struct PackedFactor<S: Scalar>: Sendable {
  private let packed: Tensor<S>
  private let inner: Int
  private let columns: Int
  private let memory: MemoryPool

  /// - Parameter transposed: whether rows of I numbers are multiplied with the transposed matrix, else rows of O numbers
  ///   with the matrix.
  init(_ weight: UnsafePointer<S>, outputs: Int, inputs: Int, transposed: Bool, memory: MemoryPool) {
    let products = S.roundedProducts
    (inner, columns) = transposed ? (inputs, outputs) : (outputs, inputs)
    self.memory = memory
    var packed = Tensor<S>(undefined: [products.packedCount(inner: inner, columns: columns)], memory: memory)
    let target = packed.mutable.base
    if transposed {
      products.packTransposed(inner: inner, columns: columns, weight, stride: inputs, target)
    } else {
      products.pack(inner: inner, columns: columns, weight, stride: inputs, target)
    }
    self.packed = packed
  }

  /// out [rows, columns] = base + rows · matrix.
  func multiply(
    _ rounded: UnsafePointer<Rounded>, rows: Int, base: ProductBase<S>, _ out: UnsafeMutablePointer<S>
  ) {
    S.roundedProducts.multiply(
      rows: rows, columns: columns, inner: inner, rounded, stride: inner, packed.region.base, base: base, out,
      outStride: columns, memory: memory)
    withExtendedLifetime(packed) {}
  }
}
