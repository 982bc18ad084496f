/// How μ-law classes lie over the 65,536 levels of 16 bits: the common scale of distributions over other codes.
///
/// The probability of a class is spread evenly over the samples that it stands for, and that of a level is what of it lies
/// within the level's cell, half a level to both sides, and up to −1 and 1 at the ends. With 256 classes a level is a part
/// of one class or two; with many classes, which are finer than levels near silence, it is the sum of several.
public struct SixteenBitCells: Sendable {
  /// Where each class begins, and the end of the last.
  private let edges: [Double]

  /// The cells under a companding.
  public init(_ law: MuLaw) { edges = (0...law.classes).map(law.lowerEdge) }

  /// Calls `body` with the classes that have a part of a level's cell, and with the share of each class that lies there.
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

  /// The last class that does not begin above a sample.
  private func lastEdge(notAbove sample: Double) -> Int {
    var (first, end) = (0, edges.count - 1)
    while end - first > 1 {
      let middle = (first + end) / 2
      if edges[middle] <= sample { first = middle } else { end = middle }
    }
    return first
  }
}
