/// The upper half of a `Float`: 8 bits of exponent and 7 of fraction.
public struct BFloat16: Sendable, Hashable, BitwiseCopyable {
  /// The 16 bits.
  public let bits: UInt16

  /// The number with these bits.
  public init(bits: UInt16) { self.bits = bits }

  /// The number nearest to `value`, halves to even. NaN stays NaN; values beyond the largest number become infinite.
  public init(_ value: Float) {
    let pattern = value.bitPattern
    // A carry out of the fraction increments the exponent, as rounding up requires.
    let rounded = pattern &+ 0x7fff &+ (pattern >> 16 & 1)
    bits = UInt16(truncatingIfNeeded: (value.isNaN ? pattern | 0x40_0000 : rounded) >> 16)
  }

  /// The largest finite number.
  public static let greatestFinite = BFloat16(bits: 0x7f7f)

  /// The nearest finite number.
  public init(clamping value: Float) {
    self.init(min(max(value, -Self.greatestFinite.float), Self.greatestFinite.float))
  }

  /// The same number in single precision.
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}
