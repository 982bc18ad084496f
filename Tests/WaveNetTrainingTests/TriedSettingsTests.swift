import Kodama
import TestSupport
import Testing

@testable import KodamaWaveNetTraining

@Suite struct TriedSettingsTests {
  private let base = TrainingSettings(.tiny)

  @Test func allCombinationsAreCandidates() throws {
    let tried = try TriedSettings(["learning_rate=0.001,3e-3", "plan.batch_size=1,2,4"], of: base)
    #expect(tried.settings.map(\.key) == ["plan.learning_rate", "plan.batch_size"])
    #expect(tried.candidates.count == 6)
    #expect(tried.candidates[1] == ["plan.learning_rate=0.001", "plan.batch_size=2"])
    #expect(tried.candidates[5] == ["plan.learning_rate=3e-3", "plan.batch_size=4"])
    var expected = base
    (expected.plan.learningRate, expected.plan.batchSize) = (0.003, 4)
    #expect(try tried.candidate(5, of: base, steps: 10) == expected)
  }

  @Test func commasWithinAValueDoNotDivideIt() throws {
    let tried = try TriedSettings(
      ["dilations=[1,2,4],[1,2],[4]", #"plan.groups=[{"pattern": "a,b"}],[]"#], of: base)
    #expect(tried.settings[0].values == ["[1,2,4]", "[1,2]", "[4]"])
    #expect(tried.settings[1].values == [#"[{"pattern": "a,b"}]"#, "[]"])
    #expect(try tried.candidate(2, of: base, steps: 10).architecture.dilations == [1, 2])
  }

  @Test func aScheduleThatIsTriedEndsWithTheSteps() throws {
    let tried = try TriedSettings(["schedule=constant,cosine"], of: base)
    let candidate = try tried.candidate(1, of: base, steps: 700)
    #expect(candidate.plan.schedule == .cosine && candidate.plan.cosineSteps == 700)
  }

  private static let bad: [(texts: [String], mentions: [String])] = [
    (["learning_rat=1,2"], ["learning_rat", "did you mean plan.learning_rate"]),
    (["learning_rate"], ["learning_rate", "key=value"]),
    (["learning_rate=0.1,fast"], ["plan.learning_rate", "fast", "a number"]),
    (["learning_rate=0.1,-1"], ["learning rate", "a positive number"]),
    (["residual_channels=8,0"], ["residual_channels", "0"]),
    (["learning_rate=0.1,,0.2"], ["plan.learning_rate", "empty"]),
    (["learning_rate=0.1,0.1"], ["plan.learning_rate", "0.1 is given twice"]),
    (["learning_rate=0.1,1e-1"], ["plan.learning_rate", "0.1 and 1e-1 are the same"]),
    (["learning_rate=1,2", "plan.learning_rate=3,4"], ["plan.learning_rate", "twice"]),
    (["learning_rate=0.1"], ["plan.learning_rate", "one candidate"]),
    (["steps=10,20"], ["steps", "cannot be compared"]), (["classes=64,128"], ["classes", "cannot be compared"]),
    (
      ["accumulation=1,2,3,4,5,6,7", "seed=1,2,3,4,5,6,7", "batch_size=1,2,3,4,5,6,7"],
      ["plan.accumulation, plan.seed, plan.batch_size", "256"]
    ),
  ]

  @Test(arguments: bad.indices) func whatCannotBeTriedIsNamed(index: Int) throws {
    let (texts, mentions) = Self.bad[index]
    do {
      _ = try TriedSettings(texts, of: base)
      Issue.record("\(texts)")
    } catch let fault as any Fault {
      #expect(fault.exitStatus == .usage || fault is WaveNetFault, "\(fault)")
      for mention in mentions { #expect("\(fault)".contains(mention), "\(texts): \(fault)") }
    }
  }
}
