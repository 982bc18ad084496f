/// The natural logarithm of four numbers at once, to about 2e-16 of the result.
///
/// x = m·2^e with m in [√½, √2); ln x = e·ln 2 + 2 artanh s with s = (m − 1)/(m + 1), and artanh s = s + s³/3 + s⁵/5 …
/// Since |s| < 0.172, the eleven terms taken leave 3e-18. Near 1 the result keeps its relative precision.
///
/// - Precondition: the numbers are positive, finite and normal.
@inline(__always)
func naturalLogarithm(_ x: SIMD4<Double>) -> SIMD4<Double> {
  // The bits of a Double grow with its logarithm; moved by this, the exponent changes at √½, √2 … instead of at 1, 2 …
  let shift = (1.0).bitPattern - (0.5).squareRoot().bitPattern
  let bits = unsafeBitCast(x, to: SIMD4<UInt64>.self) &+ shift
  // The biased exponent written into the last bits of 2^52 is read back as a number: an integer conversion that
  // processors without AVX-512 have no instruction for.
  let exponentBits = (bits &>> 52) | (0x1p52).bitPattern
  let exponent = unsafeBitCast(exponentBits, to: SIMD4<Double>.self) - (0x1p52 + 1023)
  let mantissaBits = (bits & ((1 << 52) - 1)) &+ (0.5).squareRoot().bitPattern
  let m = unsafeBitCast(mantissaBits, to: SIMD4<Double>.self)
  let s = (m - 1) / (m + 1)
  let square = s * s
  var series = SIMD4<Double>(repeating: 1.0 / 21)
  series = series * square + 1.0 / 19
  series = series * square + 1.0 / 17
  series = series * square + 1.0 / 15
  series = series * square + 1.0 / 13
  series = series * square + 1.0 / 11
  series = series * square + 1.0 / 9
  series = series * square + 1.0 / 7
  series = series * square + 1.0 / 5
  series = series * square + 1.0 / 3
  let tail = s * square * series
  return exponent * 0.693147180559945309 + 2 * (s + tail)
}
