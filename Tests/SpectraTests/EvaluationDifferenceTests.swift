import Testing

@testable import KodamaSpectra

@Suite struct EvaluationDifferenceTests {
  private let lsd = LogSpectralDistance.metric
  private let sdr = ScaleInvariantSDR.metric

  private func result(_ scores: [(String, Double, Double?)], sets: Double? = nil) -> EvaluationResult {
    let ltas = AverageSpectrumDistance.metric
    return EvaluationResult(
      metrics: [lsd, sdr, ltas],
      pairs: scores.map { name, first, second in
        PairScores(
          reference: name, generated: name,
          [(lsd, .value(first)), (sdr, second.map(Score.value) ?? .undefined(reason: "silent"))])
      }, sounds: [], aggregate: [:],
      sets: sets.map { SetScores(reference: .init(), generated: .init(), [(ltas, .value($0))]) },
      unpairedReference: [], unpairedGenerated: [])
  }

  @Test func pairsAreComparedByTheirReferences() throws {
    let first = result([("a", 4, 10), ("b", 6, 12), ("c", 5, nil), ("only here", 100, 100)], sets: 3)
    let second = result([("c", 4, 9), ("b", 4.5, 15), ("a", 2.5, 12), ("only there", 0, 0)], sets: 2)
    let difference = try EvaluationDifference(first, second)
    #expect(difference.pairs == 3)
    #expect(difference.unmatched == ["only here", "only there"])
    let rows = difference.rows
    #expect(rows.map(\.metric.name) == ["lsd", "si-sdr", "ltas"])
    #expect(rows[0].first == 5 && abs(rows[0].second - 11.0 / 3) < 1e-12)
    #expect(rows[0].difference?.maximum == -1 && rows[0].difference?.minimum == -1.5)
    #expect(rows[0].verdict == .better)
    // A pair without a value on one side counts on neither.
    #expect(rows[1].first == 11 && rows[1].second == 13.5 && rows[1].difference?.count == 2)
    #expect(rows[1].verdict == .better)
    #expect(rows[2].difference == nil && rows[2].verdict == .unclear && rows[2].second == 2)
  }

  @Test func theOtherWayRoundItIsWorse() throws {
    let (good, bad) = (result([("a", 1, 20), ("b", 2, 21)]), result([("a", 3, 10), ("b", 5, 9)]))
    #expect(try EvaluationDifference(good, bad).rows.map(\.verdict) == [.worse, .worse])
    #expect(try EvaluationDifference(bad, good).rows.map(\.verdict) == [.better, .better])
    #expect(try EvaluationDifference(good, good).rows.map(\.verdict) == [.unclear, .unclear])
  }

  @Test func aDifferenceThatMayBeChanceIsUnclear() throws {
    let first = result((0..<20).map { ("\($0)", Double($0 % 5), 0) })
    let second = result((0..<20).map { ("\($0)", Double(($0 + 1) % 5), 0) })
    #expect(try EvaluationDifference(first, second).rows[0].verdict == .unclear)
  }

  @Test func nothingInCommonIsAnError() {
    #expect(throws: SpectraFault.nothingInCommon) {
      try EvaluationDifference(result([("a", 1, 1)]), result([("b", 1, 1)]))
    }
  }

  @Test func theTextsSayTheSame() throws {
    let difference = try EvaluationDifference(
      result([("a", 1, 20), ("b", 2, 21)]), result([("a", 3, 10), ("b", 5, 9)]))
    #expect(
      difference.table == """
        metric  unit   first  second  difference      95 % interval  second is
        lsd       dB   1.500   4.000       2.500      2.000 … 3.000      worse
        si-sdr    dB  20.500   9.500     -11.000  -12.000 … -10.000      worse

        2 pairs in common

        """)
    #expect(difference.csv.split(separator: "\n")[1] == "lsd,dB,1.5,4.0,2.5,2.0,3.0,worse")
    #expect(try difference.json.contains("\"verdict\" : \"worse\""))
  }
}
