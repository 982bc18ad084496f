/// The mapping between samples in [−1, 1] and the codes that a network predicts.
public enum Companding: Sendable, Equatable {
  /// μ-law classes, which are finer near silence.
  case muLaw(MuLaw)
  /// 65,536 equidistant levels, those of 16 bits: code c denotes (c − 32,768) / 32,768, and a sample is encoded as the
  /// nearest (ties away from zero), so that 16-bit recordings are represented exactly.
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

  /// The code of a sample. Samples outside [−1, 1] are clamped; NaN is encoded as silence.
  public func encode(_ sample: Float) -> Int {
    switch self {
    case .muLaw(let law): return law.encode(sample)
    case .linear:
      let level = sample.isNaN ? 0 : (sample * 32_768).rounded()
      return Int(max(-32_768, min(32_767, level))) + 32_768
    }
  }

  /// The sample that a code denotes.
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

/// The overlap of μ-law classes with the 65,536 levels of 16 bits, the common scale for distributions over different
/// codes.
///
/// The probability of a class is spread uniformly over its interval of samples. The probability of a level is the part
/// that lies in the level's cell: half a level to both sides, extended to −1 and 1 at the ends. With 256 classes a
/// level overlaps one or two classes; with many classes, which are finer than levels near silence, it overlaps several.
public struct SixteenBitCells: Sendable {
  /// The lower edge of each class, and the upper edge of the last.
  private let edges: [Double]

  /// The cells under a companding.
  public init(_ law: MuLaw) { edges = (0...law.classes).map(law.lowerEdge) }

  /// Calls `body` with each class that overlaps a level's cell, and the share of the class inside the cell.
  ///
  /// - Precondition: 0 ≤ level < 65,536, as `Companding.linear` counts them.
  public func forEachShare(ofLevel level: Int, _ body: (_ code: Int, _ share: Double) -> Void) {
    let levels = Companding.linearLevels
    precondition((0..<levels).contains(level), "level \(level) is outside 0..<\(levels)")
    let low = level == 0 ? -1 : Double(2 * level - 1 - levels) / Double(levels)
    let high = level == levels - 1 ? 1 : Double(2 * level + 1 - levels) / Double(levels)
    var code = lastEdge(notAbove: low)
    while code + 1 < edges.count && edges[code] < high {
      let inside = min(high, edges[code + 1]) - max(low, edges[code])
      if inside > 0 { body(code, inside / (edges[code + 1] - edges[code])) }
      code += 1
    }
  }

  /// The last class whose lower edge is not above a sample.
  private func lastEdge(notAbove sample: Double) -> Int {
    var (first, end) = (0, edges.count - 1)
    while end - first > 1 {
      let middle = (first + end) / 2
      if edges[middle] <= sample { first = middle } else { end = middle }
    }
    return first
  }
}
