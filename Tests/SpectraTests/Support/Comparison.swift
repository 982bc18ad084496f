import Testing

/// How far numbers are from the expected ones, relative to the largest of those.
struct Disagreement: CustomStringConvertible {
  /// max|a − b| / max(max|b|, floor).
  let relative: Double
  /// Where the largest difference is, and the two numbers there.
  let description: String
}

/// The largest disagreement of two arrays; different counts and NaN are infinitely far from everything.
func disagreement<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(
  _ actual: [A], _ expected: [B], floor: Double = 1e-30
) -> Disagreement {
  if actual.count != expected.count {
    return Disagreement(relative: .infinity, description: "\(actual.count) numbers for \(expected.count)")
  }
  let scale = expected.reduce(floor) { max($0, Double($1.magnitude)) }
  var (largest, place) = (0.0, 0)
  for (index, (a, b)) in zip(actual, expected).enumerated() {
    let difference = (Double(a) - Double(b)).magnitude
    let distance = difference.isNaN ? .infinity : difference
    if distance > largest { (largest, place) = (distance, index) }
  }
  let numbers = expected.isEmpty ? "nothing" : "\(actual[place]) for \(expected[place])"
  return Disagreement(
    relative: largest / scale, description: "\(largest / scale) of \(scale), at \(place): \(numbers)")
}

/// Holds numbers to the expected ones: counts first, then max|a − b| ≤ tolerance · max(max|b|, floor).
func expectClose<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(
  _ actual: [A], _ expected: [B], within tolerance: Double, floor: Double = 1e-30, _ what: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let disagreement = disagreement(actual, expected, floor: floor)
  #expect(disagreement.relative <= tolerance, "\(what): \(disagreement)", sourceLocation: sourceLocation)
}

@Suite struct ComparisonTests {
  @Test func theLargestDifferenceCounts() {
    let result = disagreement([1, 2, 3.5], [1, 2.25, 4.0])
    #expect(result.relative == 0.125)
    #expect(disagreement([Float](), [Float]()).relative == 0)
  }

  @Test func theFloorIsTheLeastScale() {
    #expect(disagreement([0.5], [0.0], floor: 2).relative == 0.25)
  }

  @Test func nothingCloseIsSaidOfNaN() {
    #expect(disagreement([Double.nan], [0.0]).relative == .infinity)
    #expect(disagreement([0.0, 1], [.nan, 1]).relative == .infinity)
  }

  @Test func differentCountsAreNeverClose() {
    #expect(disagreement([1.0], [1.0, 2]).relative == .infinity)
    #expect(disagreement([1.0, 2], [1.0]).relative == .infinity)
  }
}
