import Testing

@testable import KodamaDistributed

/// Buckets of gradients, from the end of an arena to its start.
@Suite struct GradientBucketsTests {
  private let parameters = [0..<100, 112..<200, 208..<210, 224..<1000, 1008..<1016]

  @Test func eachElementIsInOneBucket() {
    for least in [1, 8, 90, 500, 5000] {
      let ranges = GradientBuckets(parameters, least: least).ranges
      #expect(ranges.first?.upperBound == 1016 && ranges.last?.lowerBound == 0)
      for (later, earlier) in zip(ranges, ranges.dropFirst()) { #expect(earlier.upperBound == later.lowerBound) }
      for range in ranges.dropLast() { #expect(range.count >= least) }
      // No parameter is cut.
      for parameter in parameters {
        #expect(ranges.contains { $0.contains(parameter.lowerBound) && $0.contains(parameter.upperBound - 1) })
      }
    }
  }

  @Test func theyTravelInOrderWhenTheirParametersAreFinal() {
    var buckets = GradientBuckets(parameters, least: 500)
    #expect(buckets.ranges.count == 2)
    for _ in 0..<2 {
      buckets.begin()
      #expect(buckets.take(allAreFinal: false) == nil)
      // The last one's turn does not come before the first.
      for parameter in parameters.prefix(3) { buckets.isFinal(parameter) }
      #expect(buckets.take(allAreFinal: false) == nil)
      buckets.isFinal(parameters[4])
      #expect(buckets.take(allAreFinal: false) == nil)
      buckets.isFinal(parameters[3])
      #expect(buckets.take(allAreFinal: false) == 0)
      #expect(buckets.take(allAreFinal: false) == 1)
      #expect(buckets.take(allAreFinal: true) == nil)
    }
  }

  /// A parameter without a gradient is never final by itself.
  @Test func atTheEndAllAreFinal() {
    var buckets = GradientBuckets(parameters, least: 500)
    buckets.begin()
    #expect(buckets.take(allAreFinal: true) == 0 && buckets.take(allAreFinal: true) == 1)
    #expect(buckets.take(allAreFinal: true) == nil)
  }
}
