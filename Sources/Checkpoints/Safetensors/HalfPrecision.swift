/// Half precision in integers: `Float16` is not there on every processor Swift runs on.
enum HalfPrecision {
  /// The number that 16 bits of IEEE 754 stand for: sign, 5 bits of exponent with bias 15, 10 bits of fraction.
  static func float(binary16 bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let (exponent, fraction) = (Int(bits >> 10 & 0x1f), Float(bits & 0x3ff))
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
  }
}
