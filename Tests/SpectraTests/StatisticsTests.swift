import Testing

@testable import KodamaSpectra

@Suite struct StatisticsTests {
  @Test func agreeWithDefinitions() throws {
    let even = try #require(Statistics([4, 1, 2, 9]))
    #expect(even.mean == 4)
    #expect(even.median == 3)
    #expect(abs((even.standardDeviation ?? .nan) - (38.0 / 3).squareRoot()) < 1e-15)
    #expect(even.minimum == 1 && even.maximum == 9)
    #expect(Statistics([5, 1, 9])?.median == 5)
    #expect(Statistics([7])?.standardDeviation == nil)
    #expect(Statistics([7])?.interval == nil)
    #expect(Statistics([]) == nil)
  }

  /// numpy 2.4: `np.percentile([4, 1, 2, 9, 3.5], [0, 5, 30, 50, 95, 99.9, 100])`.
  @Test func percentilesAreNumpys() throws {
    let values = [4, 1, 2, 9, 3.5]
    for (share, expected) in [(0.0, 1.0), (5, 1.2), (30, 2.3), (50, 3.5), (95, 8), (99.9, 8.98), (100, 9)] {
      #expect(abs((Statistics.percentile(share, of: values) ?? .nan) - expected) < 1e-12, "\(share)")
    }
    let statistics = try #require(Statistics(values))
    #expect(statistics.p5 == Statistics.percentile(5, of: values))
    #expect(statistics.p95 == Statistics.percentile(95, of: values))
    #expect(Statistics.percentile(50, of: []) == nil && Statistics.percentile(95, of: [7]) == 7)
  }

  /// numpy 2.4:
  ///
  ///     x = np.array([4, 1, 2, 9, 3.5])
  ///     r = Generator(Philox(key=SEED)).integers(0, 5, size=(2000, 5), dtype=np.uint32)
  ///     np.quantile([np.sum(x[i]) / 5 for i in r], [0.025, 0.975])
  @Test func intervalsAreNumpys() throws {
    for (seed, low, high): (UInt64, Double, Double) in [(0, 1.8, 6.6), (1, 1.8975, 6.5), (1234, 1.8975, 6.6)] {
      let interval = try #require(Bootstrap(seed: seed).interval(ofMeanOf: [4, 1, 2, 9, 3.5]))
      #expect(abs(interval.low - low) < 1e-12 && abs(interval.high - high) < 1e-12, "seed \(seed)")
    }
  }

  @Test func theIntervalHoldsTheMeanAndShrinksWithMoreValues() throws {
    let few = try #require(Bootstrap().interval(ofMeanOf: Array(repeating: [0, 1], count: 8).flatMap { $0 }))
    let many = try #require(Bootstrap().interval(ofMeanOf: Array(repeating: [0, 1], count: 200).flatMap { $0 }))
    #expect(few.low < 0.5 && few.high > 0.5 && many.low < 0.5 && many.high > 0.5)
    // The deviation of the mean of n values of 0 and 1 is 0.5 / sqrt(n).
    #expect(abs((few.high - few.low) - 2 * 1.96 * 0.5 / 4) < 0.06)
    #expect(abs((many.high - many.low) - 2 * 1.96 * 0.5 / 20) < 0.01)
    #expect(Bootstrap().interval(ofMeanOf: [3, 3, 3]) == ConfidenceInterval(low: 3, high: 3))
  }
}
