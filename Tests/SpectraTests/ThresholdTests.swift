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
    ("median(lsd)>1.9", true), ("median(lsd)>2", false), ("mean(lsd)>1e0", true),
  ]) func failsWhereTheBoundIsCrossed(text: String, fails: Bool) throws {
    let failure = try Threshold(text).failure(of: result([1, 2, 6]))
    #expect((failure != nil) == fails, "\(failure ?? "holds")")
  }

  @Test func theFailureSaysWhatAndHowMuch() throws {
    #expect(try Threshold("max(lsd)>5").failure(of: result([1, 6])) == "max of lsd is 6.000 dB, > 5.0")
    #expect(try Threshold("ltas>5").failure(of: result([1]))?.contains("ltas of the sets has no value") == true)
    #expect(try Threshold("lsd<5").failure(of: result([nil]))?.contains("no value") == true)
  }

  @Test(arguments: [
    "lsd", "lsd>", ">3", "lsd>x", "lsd=3", "lsd>nan", "lsd>inf", "sum(lsd)>3", "max(lsd>3", "max()>3", "",
  ])
  func whatIsNoThresholdIsRefused(text: String) {
    #expect(throws: SpectraFault.badThreshold(text: text)) { try Threshold(text) }
    #expect(SpectraFault.badThreshold(text: text).exitStatus == .usage)
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
