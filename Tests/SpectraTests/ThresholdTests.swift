import Testing

@testable import KodamaSpectra

@Suite struct ThresholdTests {
  private func result(_ values: [Double?]) -> EvaluationResult {
    let metric = LogSpectralDistance.metric
    let pairs = values.map { value in
      PairScores(reference: "r", generated: "g", [(metric, value.map(Score.value) ?? .undefined(reason: "none"))])
    }
    let statistics = Statistics(values.compactMap { $0 })
    return EvaluationResult(
      metrics: [metric], pairs: pairs, sounds: [], aggregate: statistics.map { ["lsd": $0] } ?? [:], sets: nil,
      unpairedReference: [], unpairedGenerated: [])
  }

  @Test(arguments: [
    ("lsd>3", false), ("lsd>2.9", true), ("lsd>=3", true), ("lsd<3", false), ("lsd<=3", true), (" lsd > 2 ", true),
    ("max(lsd)>5.5", true), ("max(lsd)>6", false), ("min(lsd)<1", false), ("min(lsd)<1.5", true),
    ("median(lsd)>1.9", true), ("median(lsd)>2", false), ("mean(lsd)>1e0", true), ("lsd.mean>2.9", true),
    ("lsd.max>5.5", true), ("lsd.max>6", false), ("lsd.min<1.5", true), ("lsd.median>2", false), ("lsd.std>2.6", true),
    ("lsd.std>2.7", false), ("lsd.p50>=2", true), ("lsd.p100>=6", true), ("lsd.p0<=1", true), ("lsd.p95>5.5", true),
    ("lsd.p95>5.7", false), ("lsd.p37.5>1.7", true), ("lsd.count<3", false), ("lsd.count<4", true),
  ]) func failsWhereTheBoundIsCrossed(text: String, fails: Bool) throws {
    let failure = try Threshold(text).failure(of: result([1, 2, 6]))
    #expect((failure != nil) == fails, "\(failure ?? "holds")")
  }

  @Test func theFailureSaysWhatAndHowMuch() throws {
    #expect(try Threshold("max(lsd)>5").failure(of: result([1, 6])) == "max of lsd is 6.000 dB, > 5.0")
    #expect(try Threshold("lsd.p95<9").failure(of: result([1, 6]))?.hasPrefix("p95 of lsd is 5.750 dB, < 9") == true)
    #expect(
      try Threshold("lsd.std>0").failure(of: result([1])) == "std of lsd has no value, and is to be compared with 0.0")
    #expect(try Threshold("ltas>5").failure(of: result([1]))?.contains("ltas of the sets has no value") == true)
    #expect(try Threshold("lsd<5").failure(of: result([nil]))?.hasSuffix("compared with 5.0: none") == true)
    // What has no value is not hidden by the mean of the others.
    let some = try Threshold("lsd>5").outcome(of: result([1, nil, nil]))
    #expect(some.passed && some.message == "mean of lsd is 1.000 dB, not > 5.0; 2 of 3 have no value: none")
    let few = try Threshold("lsd.count<3").failure(of: result([1, nil, nil]))
    #expect(few?.hasPrefix("count of lsd is 1.000, < 3.0") == true)
  }

  @Test(arguments: [
    "lsd", "lsd>", ">3", "lsd>x", "lsd=3", "lsd>nan", "lsd>inf", "max(lsd>3", "max()>3", "", "lsd.>3", ".max>3",
  ])
  func whatIsNoThresholdIsRefused(text: String) {
    #expect(throws: SpectraFault.badThreshold(text: text)) { try Threshold(text) }
    #expect(SpectraFault.badThreshold(text: text).exitStatus == .usage)
  }

  @Test(arguments: ["sum(lsd)>3", "lsd.sum>3", "lsd.p101>3", "lsd.p-1>3", "lsd.p>3", "lsd.p0x5>3", "lsd.95>3"])
  func anUnknownStatisticIsRefusedWithTheKnownOnes(text: String) {
    #expect {
      try Threshold(text)
    } throws: {
      guard let fault = $0 as? SpectraFault, case .unknownStatistic = fault else { return false }
      let message = fault.description
      return fault.exitStatus == .usage && message.hasPrefix(text)
        && ["mean", "median", "min", "max", "std", "p95"].allSatisfy(message.contains)
    }
  }

  @Test func anOutcomeHasTheMeasuredValue() throws {
    let result = result([1, 2, 6])
    #expect(
      try Threshold(" lsd.p95>5 ").outcome(of: result)
        == ThresholdOutcome(
          threshold: "lsd.p95>5", metric: "lsd", statistic: "p95", value: 5.6, passed: false,
          message: "p95 of lsd is 5.600 dB, > 5.0"))
    let outcome = try Threshold("max(lsd)>7").outcome(of: result)
    #expect(outcome.passed && outcome.statistic == "max" && outcome.value == 6)
    #expect(outcome.message == "max of lsd is 6.000 dB, not > 7.0")
    let missing = try Threshold("ltas>7").outcome(of: result)
    #expect(!missing.passed && missing.statistic == "sets" && missing.value == nil)
  }

  @Test func anUnknownMetricIsNamedWithTheNearest() {
    #expect {
      try Threshold("lds>3")
    } throws: {
      guard case .unknownMetric("lds", "lsd", _)? = $0 as? SpectraFault else { return false }
      return true
    }
  }
}
