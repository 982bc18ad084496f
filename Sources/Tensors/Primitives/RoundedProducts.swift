import CKernels

/// How products of matrices are computed while training.
public enum ProductPrecision: String, Sendable, CaseIterable {
  /// Factors and sums in the precision of the tensors.
  case full = "f32"
  /// Factors rounded to bfloat16, sums in the precision of the tensors, and the activations of gated residual blocks kept
  /// in bfloat16 for the backward pass. Layers with channels that are no multiple of 16 stay in full precision.
  ///
  /// - Source: Micikevicius et al. 2018, “Mixed Precision Training”, §3; Kalamkar et al. 2019, “A Study of BFLOAT16 for
  ///   Deep Learning Training”. Losses need no scaling, because bfloat16 has the exponents of single precision.
  case bfloat16 = "bf16"
}

/// Numbers rounded to the nearest bfloat16: the upper 16 bits of single precision.
typealias Rounded = UInt16

/// Products of matrices whose factors are rounded to bfloat16: here each is widened again, so that the products are exact
/// and are summed as any others. A subclass uses instructions of the processor.
///
/// A left factor may be rows of rounded numbers as they are in memory. Every other factor is packed: its elements are
/// `inner` steps of `columns` numbers, in a layout of the subclass's own.
///
/// `@unchecked Sendable`: it has no state.
class RoundedProducts<S: Scalar>: @unchecked Sendable {
  typealias Input = UnsafePointer<S>
  typealias Output = UnsafeMutablePointer<S>

  /// The divisor of every number of channels.
  static var channelDivisor: Int { 16 }

  init() {}

  /// The elements of a packed factor's memory.
  final func packedCount(inner: Int, columns: Int) -> Int { inner * columns }

  /// Rounds rows that are `stride` apart to [rows, columns].
  @_specialize(where S == Double)
  func round(rows: Int, columns: Int, _ x: Input, stride: Int, _ out: UnsafeMutablePointer<Rounded>) {
    for r in 0..<rows {
      for c in 0..<columns { out[r * columns + c] = Self.rounded(x[r * stride + c]) }
    }
  }

  /// Rounded rows that are `stride` apart as [rows, columns].
  @_specialize(where S == Double)
  func widen(rows: Int, columns: Int, _ x: UnsafePointer<Rounded>, stride: Int, _ out: Output) {
    for r in 0..<rows {
      for c in 0..<columns { out[r * columns + c] = Self.widened(x[r * stride + c]) }
    }
  }

  /// Packs `inner` rows of `columns` numbers, `stride` apart.
  @_specialize(where S == Double)
  func pack(inner: Int, columns: Int, _ x: Input, stride: Int, _ packed: Output) {
    for r in 0..<inner {
      for c in 0..<columns { packed[r * columns + c] = Self.widened(Self.rounded(x[r * stride + c])) }
    }
  }

  /// Packs a factor that is stored transposed, as `columns` rows of `inner` numbers, `stride` apart.
  @_specialize(where S == Double)
  func packTransposed(inner: Int, columns: Int, _ x: Input, stride: Int, _ packed: Output) {
    for c in 0..<columns {
      for r in 0..<inner { packed[r * columns + c] = Self.widened(Self.rounded(x[c * stride + r])) }
    }
  }

  /// Packs `inner` rows of `columns` rounded numbers, `stride` apart.
  func pack(inner: Int, columns: Int, rounded x: UnsafePointer<Rounded>, stride: Int, _ packed: Output) {
    widen(rows: inner, columns: columns, x, stride: stride, packed)
  }

  /// out [rows, columns] = base + left [rows, inner] · right [inner, columns], the left factor rounded rows `stride`
  /// apart, the right one packed.
  func multiply(
    rows: Int, columns: Int, inner: Int, _ left: UnsafePointer<Rounded>, stride: Int, _ right: Input,
    base: ProductBase<S>, _ out: Output, outStride: Int, memory: MemoryPool
  ) {
    let run = max(1, Self.widenedCount / inner)
    memory.withScratch(bytes: min(run, rows) * inner * MemoryLayout<S>.stride) { scratch in
      let wide = scratch.bindMemory(to: S.self, capacity: min(run, rows) * inner)
      for first in Swift.stride(from: 0, to: rows, by: run) {
        let count = min(run, rows - first)
        widen(rows: count, columns: inner, left + first * stride, stride: stride, wide)
        S.primitives.multiplyMatrices(
          transposeA: false, transposeB: false, m: count, n: columns, k: inner, wide, lda: inner, right, ldb: columns,
          base: base.from(row: first), out + first * outStride, ldc: outStride)
      }
    }
  }

  /// out [rows, columns] = base + leftᵀ · right, of packed factors [inner, rows] and [inner, columns].
  func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, _ left: Input, _ right: Input, base: ProductBase<S>, _ out: Output,
    outStride: Int
  ) {
    S.primitives.multiplyMatrices(
      transposeA: true, transposeB: false, m: rows, n: columns, k: inner, left, lda: rows, right, ldb: columns,
      base: base, out, ldc: outStride)
  }

  /// The elements of a left factor that are widened at a time: half of a first-level cache.
  private static var widenedCount: Int { 4096 }

  private static func rounded(_ x: S) -> Rounded {
    let bits = Float(x).bitPattern
    if bits & 0x7fff_ffff > 0x7f80_0000 { return Rounded(bits >> 16) | 0x40 }
    return Rounded((bits &+ 0x7fff &+ (bits >> 16 & 1)) >> 16)
  }

  private static func widened(_ x: Rounded) -> S { S(Float(bitPattern: UInt32(x) << 16)) }
}

/// Single precision, with the kernels of one instruction set.
class FloatRoundedProducts: RoundedProducts<Float>, @unchecked Sendable {
  /// The instructions for pairs where the processor has them and they are fast, else the kernels of single precision.
  static let current: FloatRoundedProducts =
    (InstructionSet.current.hasPairs && kodama_bf16_is_fast() != 0 ? PairProducts() : nil) ?? FloatRoundedProducts()

  private let kernels: kodama_kernels_f32

  init(_ instructions: InstructionSet = .current) { kernels = instructions.kernels.pointee }

  override func round(rows: Int, columns: Int, _ x: Input, stride: Int, _ out: UnsafeMutablePointer<Rounded>) {
    kernels.round_bf16(rows, columns, x, stride, out)
  }

  override func widen(rows: Int, columns: Int, _ x: UnsafePointer<Rounded>, stride: Int, _ out: Output) {
    kernels.widen_bf16(rows, columns, x, stride, out)
  }

  override func pack(inner: Int, columns: Int, _ x: Input, stride: Int, _ packed: Output) {
    kernels.coarsen_bf16(inner, columns, x, stride, packed)
  }

  override func packTransposed(inner: Int, columns: Int, _ x: Input, stride: Int, _ packed: Output) {
    for c in 0..<columns {
      for r in 0..<inner { packed[r * columns + c] = x[c * stride + r] }
    }
    kernels.coarsen_bf16(inner, columns, packed, columns, packed)
  }
}

/// Single precision, by the processor's instructions for pairs of bfloat16.
final class PairProducts: FloatRoundedProducts, @unchecked Sendable {
  private let kernels: kodama_kernels_bf16

  /// Nil where the processor lacks the instructions.
  init?() {
    guard let entry = kodama_kernels_bf16_entry() else { return nil }
    kernels = entry.pointee
    super.init()
  }

  override func round(rows: Int, columns: Int, _ x: Input, stride: Int, _ out: UnsafeMutablePointer<Rounded>) {
    kernels.round(rows, columns, x, stride, out)
  }

  override func pack(inner: Int, columns: Int, _ x: Input, stride: Int, _ packed: Output) {
    kernels.pack(inner, columns, x, stride, Self.pairs(packed))
  }

  override func packTransposed(inner: Int, columns: Int, _ x: Input, stride: Int, _ packed: Output) {
    kernels.pack_transposed(inner, columns, x, stride, Self.pairs(packed))
  }

  override func pack(inner: Int, columns: Int, rounded x: UnsafePointer<Rounded>, stride: Int, _ packed: Output) {
    kernels.pack_rounded(inner, columns, x, stride, Self.pairs(packed))
  }

  override func multiply(
    rows: Int, columns: Int, inner: Int, _ left: UnsafePointer<Rounded>, stride: Int, _ right: Input,
    base: ProductBase<Float>, _ out: Output, outStride: Int, memory: MemoryPool
  ) {
    kernels.multiply_matrices(
      0, 0, rows, columns, inner / 2, UnsafeRawPointer(left).assumingMemoryBound(to: UInt32.self), stride / 2,
      Self.pairs(right), columns, base.matrix, base.stride, base.row, out, outStride)
  }

  override func multiplyTransposed(
    rows: Int, columns: Int, inner: Int, _ left: Input, _ right: Input, base: ProductBase<Float>, _ out: Output,
    outStride: Int
  ) {
    kernels.multiply_matrices(
      1, 0, rows, columns, (inner + 1) / 2, Self.pairs(left), rows, Self.pairs(right), columns, base.matrix,
      base.stride, base.row, out, outStride)
  }

  private static func pairs(_ packed: Output) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(packed).assumingMemoryBound(to: UInt32.self)
  }

  private static func pairs(_ packed: Input) -> UnsafePointer<UInt32> {
    UnsafeRawPointer(packed).assumingMemoryBound(to: UInt32.self)
  }
}

extension Scalar {
  /// The products of factors that are rounded to bfloat16.
  static var roundedProducts: RoundedProducts<Self> {
    // The cast is made only where the types are equal, so it is an identity cast.
    if Self.self == Float.self { return unsafeDowncast(FloatRoundedProducts.current, to: RoundedProducts<Self>.self) }
    return RoundedProducts<Self>()
  }
}
