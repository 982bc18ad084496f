#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// μ-law companding of samples in [−1, 1] to `classes` codes, with μ = classes − 1.
///
/// encode(x) = ⌊(f(x) + 1)/2 · μ + ½⌋ with f(x) = sign(x) · ln(1 + μ|x|) / ln(1 + μ);
/// decode(c) = f⁻¹(2c/μ − 1). The lowest code decodes to exactly −1, the highest to exactly 1, and encoding a decoded
/// code gives it back.
///
/// - Source: van den Oord et al. 2016, §2.2; ITU-T G.711 has the same curve in segments.
public struct MuLaw: Sendable, Equatable {
  /// The number of codes, 2 to 65,536.
  public let classes: Int
  private let mu: Double
  private let logOfClasses: Double

  /// - Precondition: 2 ≤ classes ≤ 65,536.
  public init(classes: Int = 256) {
    precondition((2...65_536).contains(classes), "μ-law takes 2 to 65,536 classes, not \(classes)")
    self.classes = classes
    mu = Double(classes - 1)
    logOfClasses = log1p(mu)
  }

  /// The code of silence: 128 of 256. The input of a network at step 0.
  public var silence: Int { encode(0) }

  /// The code of a sample. Samples outside [−1, 1] are clamped; NaN is encoded as silence.
  public func encode(_ sample: Float) -> Int {
    let x = sample.isNaN ? 0 : max(-1, min(1, Double(sample)))
    let magnitude = log1p(mu * abs(x)) / logOfClasses
    let companded = x < 0 ? -magnitude : magnitude
    return min(classes - 1, Int((companded + 1) / 2 * mu + 0.5))
  }

  /// The sample that a code denotes.
  ///
  /// - Precondition: 0 ≤ code < classes.
  public func decode(_ code: Int) -> Float {
    precondition((0..<classes).contains(code), "code \(code) is outside 0..<\(classes)")
    let companded = 2 * Double(code) / mu - 1
    let magnitude = expm1(abs(companded) * logOfClasses) / mu
    return Float(companded < 0 ? -magnitude : magnitude)
  }

  /// The lower edge of a code's interval: smaller samples have lower codes. −1 for code 0, and 1 for `classes`, the
  /// upper edge of the last code.
  ///
  /// - Precondition: 0 ≤ code ≤ classes.
  public func lowerEdge(of code: Int) -> Double {
    precondition((0...classes).contains(code), "code \(code) is outside 0...\(classes)")
    if code == 0 { return -1 }
    if code == classes { return 1 }
    let companded = (2 * Double(code) - 1) / mu - 1
    let magnitude = expm1(abs(companded) * logOfClasses) / mu
    return companded < 0 ? -magnitude : magnitude
  }

  /// The codes of samples, in order.
  public func encode(_ samples: some Sequence<Float>) -> [Int32] { samples.map { Int32(encode($0)) } }

  /// The sample of every code, in order: `decode` as a table.
  public var decodingTable: [Float] { (0..<classes).map(decode) }
}
