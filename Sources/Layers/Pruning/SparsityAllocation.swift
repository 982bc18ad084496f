/// Divides zeros among layers by what each costs: of all divisions with as many zeros, the one of the smallest sum of
/// losses.
///
/// The loss of each layer is known at some shares of zeros, and taken in between as on the lower convex hull of these points;
/// zeros then go wherever the next one costs least.
///
/// - Source: Han et al. 2015, "Learning both weights and connections for efficient neural networks", §3.5, where the
///   sensitivity of layers is measured so and thresholds are chosen by hand.
package struct SparsityAllocation: Sendable {
  /// The share of units that are 0 in all layers together.
  package let sparsity: Double

  /// A division of this share, from 0 to less than 1.
  package init(sparsity: Double) { self.sparsity = sparsity }

  /// The shares at which the loss of a layer is measured, ascending; it has at most the last one of zeros: a third of what
  /// stays in the mean is left of every layer.
  package var shares: [Double] {
    [2.5, 1.5, 1, 2.0 / 3, 1.0 / 3].map { 1 - $0 * (1 - sparsity) }.filter { $0 > 0 }
  }

  /// The share of each layer's units that is 0.
  ///
  /// - Parameters:
  ///   - units: of each layer.
  ///   - losses: of each layer, at each of `shares`: how much larger the loss is; of a loss that is not finite, as if it were
  ///     very large.
  package func callAsFunction(units: [Int], losses: [[Double]]) -> [Double] {
    var segments: [(layer: Int, end: Double, units: Double, slope: Double)] = []
    for (layer, losses) in losses.enumerated() {
      let count = Double(units[layer])
      for (from, to) in Self.hull(zip(shares, losses).map { ($0, $1) }) {
        let size = (to.share - from.share) * count
        segments.append((layer, to.share, size, (to.loss - from.loss) / size))
      }
    }
    // Equal slopes stay in the order of the layers.
    let order = segments.indices.sorted { (segments[$0].slope, $0) < (segments[$1].slope, $1) }
    var result = [Double](repeating: 0, count: units.count)
    var wanted = sparsity * Double(units.reduce(0, +))
    for index in order where wanted > 0 {
      let segment = segments[index]
      let part = min(1, wanted / segment.units)
      result[segment.layer] = segment.end - (1 - part) * segment.units / Double(units[segment.layer])
      wanted -= segment.units
    }
    return result
  }

  private typealias Point = (share: Double, loss: Double)

  /// The segments of the lower convex hull of points and the origin, from the left; a loss that falls counts as level.
  private static func hull(_ points: [Point]) -> [(Point, Point)] {
    var (hull, largest): ([Point], Double) = ([(0, 0)], 0)
    for (share, loss) in points {
      largest = max(largest, loss.isFinite ? loss : 1e9)
      while hull.count > 1 {
        let (a, b) = (hull[hull.count - 2], hull[hull.count - 1])
        if (b.loss - a.loss) * (share - a.share) < (largest - a.loss) * (b.share - a.share) { break }
        hull.removeLast()
      }
      hull.append((share, largest))
    }
    return Array(zip(hull, hull.dropFirst()))
  }
}
