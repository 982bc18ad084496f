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
    aggregate: ["lsd": Statistics([1.5, 0.25])!, "si-sdr": Statistics([-12.3456])!], sets: nil,
    unpairedReference: ["d.wav"], unpairedGenerated: [])

  @Test func aTableAlignsItsColumns() {
    #expect(
      result.table() == """
        metric  unit     mean  95 % interval   median    std
        lsd       dB    0.875  0.250 … 1.500    0.875  0.884
        si-sdr    dB  -12.346              –  -12.346      –

        2 pairs
        si-sdr: no value for 1 of 2: silent
        a, b.wav: cut from 9 to 8 samples
        references without a counterpart: 1: d.wav

        """)
  }

  @Test func theWorstPairsAreListed() {
    #expect(result.table(worst: 1).contains("\nworst by lsd:\n  a, b.wav  1.500\n\n"))
    #expect(result.worst(2, by: LogSpectralDistance.metric).map(\.reference) == ["a.wav", "c.wav"])
    // What has no value is worse than all that has one.
    #expect(result.worst(2, by: ScaleInvariantSDR.metric).map(\.reference) == ["c.wav", "a.wav"])
  }

  @Test func onePairHasOneColumn() {
    var result = result
    result.pairs.removeLast()
    result.unpairedReference = []
    result.aggregate = ["lsd": Statistics([1.5])!, "si-sdr": Statistics([-12.3456])!]
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
        std,,,0.8838834764831844,

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
        metric   unit   mean  95 % interval  median    std  references
        lsd        dB  0.875  0.250 … 1.500   0.875  0.884            
        silence     %  2.125  1.000 … 3.250   2.125  1.591      11.000

        """))
    #expect(result.csv.hasSuffix("\nmean of references,,,,11.0\n"))
    #expect(try EvaluationResult(json: Array(result.json.utf8), path: "x.json") == result)
  }

  @Test func markdownIsTheTable() throws {
    var result = result
    result.thresholds = [try Threshold("lsd.max>1").outcome(of: result)]
    #expect(
      result.markdown(worst: 1) == """
        | metric | unit | mean | 95 % interval | median | std |
        | --- | ---: | ---: | ---: | ---: | ---: |
        | lsd | dB | 0.875 | 0.250 … 1.500 | 0.875 | 0.884 |
        | si-sdr | dB | -12.346 | – | -12.346 | – |

        | worst by lsd | dB |
        | --- | ---: |
        | a, b.wav | 1.500 |

        | threshold | measured | result |
        | --- | ---: | ---: |
        | lsd.max\\>1 | max of lsd is 1.500 dB, \\> 1.0 | failed |

        - 2 pairs
        - si-sdr: no value for 1 of 2: silent
        - a, b.wav: cut from 9 to 8 samples
        - references without a counterpart: 1: d.wav

        """)
  }

  @Test func remarksOfOneKindAreOneLine() {
    var result = result
    let (lsd, sdr) = (LogSpectralDistance.metric, ScaleInvariantSDR.metric)
    result.pairs = (1...5).map { number in
      let name = "\(number).wav"
      return PairScores(
        reference: name, generated: name,
        [(lsd, .undefined(reason: "there are \(number) samples")), (sdr, .undefined(reason: "there are 7 samples"))],
        conversions: ["\(name): converted from 44100 to 16000 Hz", "\(name): cut from \(9 + number) to 9 samples"])
    }
    result.unpairedReference = []
    #expect(
      result.notes == [
        "5 pairs", "lsd: no value for 5 of 5: there are 1 samples, or other numbers",
        "si-sdr: no value for 5 of 5: there are 7 samples",
        "converted from 44100 to 16000 Hz: 5 sounds: 1.wav, 2.wav, 3.wav and 2 more",
        "cut from 10 to 9 samples, or other numbers: 5 sounds: 1.wav, 2.wav, 3.wav and 2 more",
      ])
    result.pairs = result.pairs.map { pair in
      PairScores(
        reference: pair.reference, generated: pair.generated, [(lsd, .noSamples), (sdr, .noSamples)])
    }
    #expect(result.notes == ["5 pairs", "lsd, si-sdr: no value for 5 of 5: there are no samples"])
  }

  /// Metrics had keys of their own, and statistics longer names.
  @Test func anEvaluationOfAnEarlierVersionIsRead() throws {
    var result = result
    let metric = #"""
      {"definition": "d", "direction": "higherIsBetter", "key": "siSdr", "name": "si-sdr", "scope": "pairs", "source": "s",
       "title": "t", "unit": "dB"}
      """#
    let json = #"""
      {"aggregate": {"siSdr": {"count": 2, "maximum": 3, "mean": 2, "median": 2, "minimum": 1, "standardDeviation": 1.5}},
       "metrics": [\#(metric)], "sounds": [], "unpairedGenerated": [], "unpairedReference": [],
       "pairs": [{"conversions": [], "generated": "siSdr", "reference": "a", "scores": {"siSdr": 1}, "undefined": {}},
         {"conversions": [], "generated": "b", "reference": "b", "scores": {"siSdr": null}, "undefined": {"siSdr": "none"}}],
       "sets": {"generated": {"seconds": 1, "sounds": 1}, "reference": {"seconds": 1, "sounds": 1},
         "scores": {"siSdr": 4}, "undefined": {}}}
      """#
    result = try EvaluationResult(json: Array(json.utf8), path: "old.json")
    #expect(result.pairs[0].scores == ["si-sdr": 1] && result.pairs[0].generated == "siSdr")
    #expect(result.pairs[1].undefined == ["si-sdr": "none"])
    #expect(result.sets?.scores == ["si-sdr": 4])
    let statistics = try #require(result.aggregate["si-sdr"])
    #expect(statistics.maximum == 3 && statistics.minimum == 1 && statistics.standardDeviation == 1.5)
    #expect(statistics.p95 == nil && result.thresholds == nil)
    #expect(try EvaluationResult(json: Array(result.json.utf8), path: "new.json") == result)
  }

  @Test func jsonComesBackAsItWas() throws {
    let json = try result.json
    #expect(try EvaluationResult(json: Array(json.utf8), path: "x.json") == result)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let pairs = try #require(object["pairs"] as? [[String: Any]])
    #expect((pairs[0]["scores"] as? [String: Double])?["si-sdr"] == -12.3456)
    #expect((pairs[1]["scores"] as? [String: Any])?["si-sdr"] is NSNull)
    #expect((pairs[1]["undefined"] as? [String: String])?["si-sdr"] == "silent")
    #expect(result.pairs[1][ScaleInvariantSDR.metric] == .undefined(reason: "silent"))
    #expect(result.pairs[0][AverageSpectrumDistance.metric] == nil)
    #expect(throws: SpectraFault.notAnEvaluation(path: "x.json")) {
      try EvaluationResult(json: Array("{}".utf8), path: "x.json")
    }
  }
}
