import Foundation
import Testing

@testable import KodamaSpectra

@Suite struct EvaluationTextTests {
  private let result = EvaluationResult(
    metrics: [LogSpectralDistance.metric, ScaleInvariantSDR.metric],
    pairs: [
      PairScores(
        reference: "a.wav", generated: "a, b.wav",
        [(LogSpectralDistance.metric, .value(1.5)), (ScaleInvariantSDR.metric, .value(-12.3456))],
        conversions: ["a, b.wav: cut from 9 to 8 samples"]),
      PairScores(
        reference: "c.wav", generated: "c.wav",
        [(LogSpectralDistance.metric, .value(0.25)), (ScaleInvariantSDR.metric, .undefined(reason: "silent"))]),
    ], sounds: [],
    aggregate: ["lsd": Statistics([1.5, 0.25])!, "siSdr": Statistics([-12.3456])!], sets: nil,
    unpairedReference: ["d.wav"], unpairedGenerated: [])

  @Test func aTableAlignsItsColumns() {
    #expect(
      result.table() == """
        metric  unit     mean  95 % interval   median  deviation
        lsd       dB    0.875  0.250 … 1.500    0.875      0.884
        si-sdr    dB  -12.346              –  -12.346          –

        2 pairs
        si-sdr: no value for 1 of 2: silent
        a, b.wav: cut from 9 to 8 samples
        references without a counterpart: 1: d.wav

        """)
  }

  @Test func theWorstPairsAreListed() {
    #expect(result.table(worst: 1).contains("\nworst by lsd:\n  a, b.wav  1.500\n\n"))
    #expect(result.worst(2, by: LogSpectralDistance.metric).map(\.reference) == ["a.wav", "c.wav"])
    #expect(result.worst(2, by: ScaleInvariantSDR.metric).map(\.reference) == ["a.wav"])
  }

  @Test func onePairHasOneColumn() {
    var result = result
    result.pairs.removeLast()
    result.unpairedReference = []
    result.aggregate = ["lsd": Statistics([1.5])!, "siSdr": Statistics([-12.3456])!]
    #expect(
      result.table() == """
        metric  unit    value
        lsd       dB    1.500
        si-sdr    dB  -12.346

        a, b.wav: cut from 9 to 8 samples

        """)
  }

  @Test func commaSeparatedValuesKeepAllDigits() {
    #expect(
      result.csv == """
        kind,reference,generated,lsd,si-sdr
        pair,a.wav,"a, b.wav",1.5,-12.3456
        pair,c.wav,c.wav,0.25,
        mean,,,0.875,-12.3456
        "mean, lower end",,,0.25,
        "mean, upper end",,,1.5,
        median,,,0.875,-12.3456
        standard deviation,,,0.8838834764831844,

        """)
  }

  @Test func noiseGetsAColumnInTheTableAndARowInCSV() {
    var result = result
    result.metrics = [AverageSpectrumDistance.metric]
    let metric = AverageSpectrumDistance.metric
    result.sets = SetScores(reference: .init(), generated: .init(), [(metric, .value(6))])
    result.noise = SetScores(reference: .init(), generated: .init(), [(metric, .value(40.5))])
    #expect(result.table().contains("noise as loud\n") && result.table().contains(" 40.500\n"))
    #expect(result.csv.hasSuffix("\nsets,,,6.0\nnoise,,,40.5\n"))
  }

  @Test func theReferencesOfSingleSoundsGetAColumnAndARow() throws {
    var result = result
    result.metrics = [LogSpectralDistance.metric, LevelMetrics.silence]
    result.aggregate["silence"] = Statistics([3.25, 1])!
    result.references = ["silence": Statistics([10.5, 11.5])!]
    #expect(
      result.table().hasPrefix(
        """
        metric   unit   mean  95 % interval  median  deviation  references
        lsd        dB  0.875  0.250 … 1.500   0.875      0.884            
        silence     %  2.125  1.000 … 3.250   2.125      1.591      11.000

        """))
    #expect(result.csv.hasSuffix("\nmean of references,,,,11.0\n"))
    #expect(try EvaluationResult(json: Array(result.json.utf8), path: "x.json") == result)
  }

  @Test func jsonComesBackAsItWas() throws {
    let json = try result.json
    #expect(try EvaluationResult(json: Array(json.utf8), path: "x.json") == result)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let pairs = try #require(object["pairs"] as? [[String: Any]])
    #expect((pairs[0]["scores"] as? [String: Double])?["siSdr"] == -12.3456)
    #expect((pairs[1]["scores"] as? [String: Any])?["siSdr"] is NSNull)
    #expect((pairs[1]["undefined"] as? [String: String])?["siSdr"] == "silent")
    #expect(result.pairs[1][ScaleInvariantSDR.metric] == .undefined(reason: "silent"))
    #expect(result.pairs[0][AverageSpectrumDistance.metric] == nil)
    #expect(throws: SpectraFault.notAnEvaluation(path: "x.json")) {
      try EvaluationResult(json: Array("{}".utf8), path: "x.json")
    }
  }
}
