/// How samples in [−1, 1] become the codes that a network predicts, and codes samples.
public enum Companding: Sendable, Equatable {
  /// Classes that are fine near silence.
  case muLaw(MuLaw)
  /// 65,536 levels at equal distances, those of 16 bits: code c stands for (c − 32,768) / 32,768, and a sample takes the
  /// nearest (ties away from zero), so that recordings of 16 bits lose nothing.
  case linear

  /// The number of levels of `linear`.
  public static let linearLevels = 65_536

  /// The number of codes.
  public var levels: Int {
    switch self {
    case .muLaw(let law): law.classes
    case .linear: Self.linearLevels
    }
  }

  /// The code of silence.
  public var silence: Int { encode(0) }

  /// The code of a sample. Samples outside [−1, 1] are taken as the nearest end; NaN as silence.
  public func encode(_ sample: Float) -> Int {
    switch self {
    case .muLaw(let law): return law.encode(sample)
    case .linear:
      let level = sample.isNaN ? 0 : (sample * 32_768).rounded()
      return Int(max(-32_768, min(32_767, level))) + 32_768
    }
  }

  /// The sample that a code stands for.
  ///
  /// - Precondition: 0 ≤ code < levels.
  public func decode(_ code: Int) -> Float {
    switch self {
    case .muLaw(let law): return law.decode(code)
    case .linear:
      precondition((0..<Self.linearLevels).contains(code), "code \(code) is outside 0..<\(Self.linearLevels)")
      return Float(code - 32_768) / 32_768
    }
  }

  /// The codes of samples, in order.
  public func encode(_ samples: some Sequence<Float>) -> [Int32] { samples.map { Int32(encode($0)) } }

  /// The sample of every code, in order: `decode` as a table.
  public var decodingTable: [Float] { (0..<levels).map(decode) }
}
