/// The upper half of a `Float`: 8 bits of exponent and 7 of fraction.
public struct BFloat16: Sendable, Hashable, BitwiseCopyable {
  /// The 16 bits.
  public let bits: UInt16

  /// The number of given bits.
  public init(bits: UInt16) { self.bits = bits }

  /// The number nearest to `value`, halves to even. NaN stays NaN; what is beyond the largest number becomes infinite.
  public init(_ value: Float) {
    let pattern = value.bitPattern
    // A carry out of the fraction goes on into the exponent, which is what rounding up means there.
    let rounded = pattern &+ 0x7fff &+ (pattern >> 16 & 1)
    bits = UInt16(truncatingIfNeeded: (value.isNaN ? pattern | 0x40_0000 : rounded) >> 16)
  }

  /// The same number in single precision.
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}

extension BFloat16: StoredElement { public static var elementType: ElementType { .bfloat16 } }
