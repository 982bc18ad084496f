#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// One axis of a chart.
struct Axis: Sendable, Equatable {
  /// Magnitudes are clamped to this, so that differences and margins are finite.
  private static let largest = 1e306
  /// Numbers closer to each other or to zero than this are treated as equal, because precision is lost below 1e−307.
  private static let smallest = 1e-300

  /// The values at both ends.
  let range: ClosedRange<Double>
  /// Whether the axis is logarithmic.
  let isLogarithmic: Bool

  /// An axis that covers all values, with a margin at both ends.
  ///
  /// - Parameters:
  ///   - values: the values, finite.
  ///   - logarithmic: whether the axis is logarithmic; if nil, it is where all values are positive, none is below
  ///     1e−300, and the largest is more than 100 times the smallest.
  ///   - margin: the margin at each end as a share of the range of values.
  /// - Precondition: a logarithmic axis has positive values.
  init(_ values: [Double], logarithmic: Bool? = nil, margin: Double = 0.05) {
    let values = values.map(Self.bounded)
    let (low, high) = (values.min() ?? 0, values.max() ?? 1)
    isLogarithmic = logarithmic ?? (low >= Self.smallest && high / low > 100)
    precondition(!isLogarithmic || low > 0, "a logarithmic axis cannot hold \(low)")
    var (first, last) = isLogarithmic ? (log10(max(low, Self.smallest)), log10(max(high, Self.smallest))) : (low, high)
    // A single value, or values that differ only by rounding, are centered in a wider range.
    if !(last - first > max(Self.smallest, 1e-9 * max(first.magnitude, last.magnitude))) {
      let room = isLogarithmic ? 0.5 : max(first.magnitude * 0.1, 1e-9)
      (first, last) = (first - room, last + room)
    }
    let room = margin * (last - first)
    (first, last) = (first - room, last + room)
    range = isLogarithmic ? pow(10, max(-307, first))...pow(10, min(307, last)) : first...last
  }

  /// The position of a value along the axis, 0 to 1.
  func position(of value: Double) -> Double {
    let (low, high) = (range.lowerBound, range.upperBound)
    if !isLogarithmic { return (Self.bounded(value) - low) / (high - low) }
    return (log(max(Self.smallest, Self.bounded(value))) - log(low)) / (log(high) - log(low))
  }

  private static func bounded(_ value: Double) -> Double { max(-largest, min(largest, value)) }

  /// At most about `most` ticks.
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
