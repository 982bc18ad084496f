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

  /// As many pairs with the same scores.
  private func same(_ count: Int, _ first: Double, _ second: Double?) -> [(String, Double, Double?)] {
    (0..<count).map { ("\($0)", first, second) }
  }

  @Test func pairsAreComparedByTheirReferences() throws {
    let more = ["d", "e", "f", "g"]
    let first = result(
      [("a", 4, 10), ("b", 6, 12), ("c", 5, nil), ("only here", 100, 100)] + more.map { ($0, 5, 11) }, sets: 3)
    let second = result(
      more.map { ($0, 3.5, 13.5) } + [("c", 4, 9), ("b", 4.5, 15), ("a", 2.5, 12), ("only there", 0, 0)], sets: 2)
    let difference = try EvaluationDifference(first, second)
    #expect(difference.pairs == 7)
    #expect(difference.unmatched == ["only here", "only there"])
    let rows = difference.rows
    #expect(rows.map(\.metric.name) == ["lsd", "si-sdr", "ltas"])
    #expect(rows[0].first == 5 && abs((rows[0].second ?? .nan) - 25.0 / 7) < 1e-12)
    #expect(rows[0].difference?.maximum == -1 && rows[0].difference?.minimum == -1.5)
    #expect(rows[0].verdict == .better)
    // A pair without a value on one side counts on neither.
    #expect(rows[1].first == 11 && rows[1].second == 13.5 && rows[1].difference?.count == 6)
    #expect(rows[1].lost == 0)
    #expect(rows[1].verdict == .better)
    #expect(rows[2].difference == nil && rows[2].verdict == .unclear && rows[2].second == 2)
  }

  @Test func theOtherWayRoundItIsWorse() throws {
    let good = result(same(3, 1, 20) + [("a", 2, 21), ("b", 2, 22), ("c", 1, 20)])
    let bad = result(same(3, 3, 10) + [("a", 5, 9), ("b", 4, 8), ("c", 3, 10)])
    #expect(try EvaluationDifference(good, bad).rows.map(\.verdict) == [.worse, .worse])
    #expect(try EvaluationDifference(bad, good).rows.map(\.verdict) == [.better, .better])
    #expect(try EvaluationDifference(good, good).rows.map(\.verdict) == [.unclear, .unclear])
  }

  @Test func aDifferenceThatMayBeChanceIsUnclear() throws {
    let first = result((0..<20).map { ("\($0)", Double($0 % 5), 0) })
    let second = result((0..<20).map { ("\($0)", Double(($0 + 1) % 5), 0) })
    #expect(try EvaluationDifference(first, second).rows[0].verdict == .unclear)
  }

  /// The percentile interval of two numbers has them as its ends, whatever they were drawn from.
  @Test func fewPairsHaveNoVerdict() throws {
    let (good, bad) = (result(same(5, 1, 20)), result(same(5, 3, 10)))
    #expect(try EvaluationDifference(good, bad).rows.map(\.verdict) == [.unclear, .unclear])
  }

  @Test func valuesThatAreLostAreWorse() throws {
    let (first, fewer) = (result(same(8, 1, 20)), result(same(7, 1, 20) + [("7", 1, nil)]))
    let difference = try EvaluationDifference(first, fewer)
    #expect(difference.rows.map(\.lost) == [0, 1] && difference.rows.map(\.verdict) == [.unclear, .worse])
    #expect(difference.table.contains("si-sdr: 1 pair with a value before has none after"))
    #expect(
      difference.worse.map(\.message) == [
        "si-sdr is worse: 20.000 dB before, 20.000 after, 1 value lost, difference 0.000 … 0.000"
      ])
    let none = try EvaluationDifference(first, result(same(8, 1, nil)))
    #expect(none.rows[1].second == nil && none.rows[1].verdict == .worse && none.rows[1].lost == 8)
    #expect(none.worse.map(\.message) == ["si-sdr is worse: 20.000 dB before, no value after, 8 values lost"])
    #expect(none.csv.split(separator: "\n")[2] == "si-sdr,dB,20.0,,,,,worse")
    // What is gained is no loss.
    #expect(try EvaluationDifference(fewer, first).rows.map(\.verdict) == [.unclear, .unclear])
  }

  @Test func nothingInCommonIsAnError() {
    #expect(throws: SpectraFault.nothingInCommon) {
      try EvaluationDifference(result([("a", 1, 1)]), result([("b", 1, 1)]))
    }
  }

  @Test func theTextsSayTheSame() throws {
    let difference = try EvaluationDifference(
      result(same(6, 1.5, 20.5)), result(same(6, 4, 9.5)))
    #expect(
      difference.table == """
        metric  unit   first  second  difference      95 % interval  second is
        lsd       dB   1.500   4.000       2.500      2.500 … 2.500      worse
        si-sdr    dB  20.500   9.500     -11.000  -11.000 … -11.000      worse

        6 pairs in common

        """)
    #expect(difference.csv.split(separator: "\n")[1] == "lsd,dB,1.5,4.0,2.5,2.5,2.5,worse")
    #expect(try difference.json.contains("\"verdict\" : \"worse\""))
  }
}
