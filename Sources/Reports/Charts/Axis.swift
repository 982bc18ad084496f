#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where values lie along one side of a chart.
struct Axis: Sendable, Equatable {
  /// Magnitudes beyond this are drawn as this, so that differences and room at the ends are finite.
  private static let largest = 1e306
  /// Numbers nearer to each other or to zero than this are not told apart: below 1e−307 digits get lost.
  private static let smallest = 1e-300

  /// The values at both ends.
  let range: ClosedRange<Double>
  /// Whether equal factors are equal steps.
  let isLogarithmic: Bool

  /// An axis that holds all values, with a little room at both ends.
  ///
  /// - Parameters:
  ///   - values: finite ones.
  ///   - logarithmic: whether equal factors are to be equal steps; nil: where all values are positive, none is below
  ///     1e−300, and the largest is more than 100 times the smallest.
  ///   - margin: the room at each end as a share of the range of values.
  /// - Precondition: a logarithmic axis has positive values.
  init(_ values: [Double], logarithmic: Bool? = nil, margin: Double = 0.05) {
    let values = values.map(Self.bounded)
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    isLogarithmic = logarithmic ?? (low >= Self.smallest && high / low > 100)
    precondition(!isLogarithmic || low > 0, "a logarithmic axis cannot hold \(low)")
    var (first, last) = isLogarithmic ? (log10(max(low, Self.smallest)), log10(max(high, Self.smallest))) : (low, high)
    // One value, or values that differ by rounding alone, get room to lie in the middle of.
    if !(last - first > max(Self.smallest, 1e-9 * max(first.magnitude, last.magnitude))) {
      let room = isLogarithmic ? 0.5 : max(first.magnitude * 0.1, 1e-9)
      (first, last) = (first - room, last + room)
    }
    let room = margin * (last - first)
    (first, last) = (first - room, last + room)
    range = isLogarithmic ? pow(10, max(-307, first))...pow(10, min(307, last)) : first...last
  }

  /// How far along the axis a value lies, 0 to 1.
  func position(of value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    if !isLogarithmic { return (Self.bounded(value) - low) / (high - low) }
    return (log(max(Self.smallest, Self.bounded(value))) - log(low)) / (log(high) - log(low))
  }

  private static func bounded(_ value: Double) -> Double { max(-largest, min(largest, value)) }

  /// About `most` marks or fewer.
  func ticks(most: Int) -> [Tick] {
    if !isLogarithmic {
      return Ticks.linear(range, most: most).map { Tick(value: $0.value, label: NumberText.round($0.value)) }
    }
    let (low, high) = (log10(range.lowerBound), log10(range.upperBound))
    let step = max(1, ((high - low) / Double(most)).rounded(.up))
    let factors = high - low < 2 ? [1.0, 2, 5] : [1.0]
    return stride(from: floor(low / step) * step, through: high, by: step).flatMap { decade in
      factors.map { $0 * pow(10, decade) }
    }.filter(range.contains).map { Tick(value: $0, label: NumberText.round($0)) }
  }
}
