import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaWaveNetTraining

@Suite struct RunRecordTests {
  private let record = RunRecord(
    settings: TrainingSettings(), sampleRate: 16_000, corpus: StableHash("a"), validation: StableHash("b"))

  private func changes(_ change: (inout TrainingSettings) -> Void) -> [String] {
    var settings = record.settings
    change(&settings)
    return RunRecord(settings: settings, sampleRate: 16_000, corpus: record.corpus, validation: record.validation)
      .changes(since: record)
  }

  @Test func whatIsLookedAtAndWrittenIsNoChange() {
    let changes = changes {
      ($0.validationInterval, $0.checkpointInterval, $0.sampleInterval, $0.logInterval) = (1, 2, 3, 4)
      ($0.validationSeconds, $0.sampleSeconds, $0.keptCheckpoints) = (5, 6, 7)
    }
    #expect(changes.isEmpty)
  }

  @Test func whatChangesTheWeightsIsSaidWithBothValues() {
    #expect(changes { $0.plan.batchSize = 4 } == ["batch size was 8, is 4"])
    #expect(changes { $0.plan.optimizer = .sgd } == ["optimizer was muon, is sgd"])
    #expect(changes { $0.architecture.dropout = 0.1 } == ["dropout was 0, is 0.1"])
    #expect(changes { $0.trimming = SilenceTrimming() } == ["another trimming of silence"])
    let other = RunRecord(
      settings: record.settings, sampleRate: 8000, corpus: StableHash("c"), validation: nil)
    #expect(
      other.changes(since: record) == [
        "sample rate was 16000, is 8000", "other validation recordings",
        "another corpus, or its files changed",
      ])
  }

  /// Every number of the plan counts, also one that is added later.
  @Test func everySettingOfThePlanIsAChange() throws {
    let plan = WaveNetPlan.fields.json(of: record.settings.plan, isComplete: true).members ?? []
    #expect(plan.count == WaveNetPlan.fields.all.count - 6)
    for member in plan {
      let value: JSON =
        switch (member.key, member.value) {
        case ("optimizer", _): "sgd"
        case ("schedule", _): "step"
        case (_, let json): JSON((json.integer ?? 0) + 1)
        }
      var changed = record.settings.plan
      try WaveNetPlan.fields.read(.object([JSON.Member(member.key, value)]), isChange: true, into: &changed)
      let changes = changes { $0.plan = changed }
      #expect(changes.count == 1 && changes[0].hasSuffix(", is \(value.string ?? value.description)"), "\(changes)")
    }
    #expect(changes { $0.plan.groups = [ParameterGroup("*")] } == ["other groups of parameters"])
    #expect(changes { $0.plan.training.pruning = PruningPlan() } == ["other pruning"])
    #expect(changes { $0.plan.training.rounding = RoundingPlan(.int4) } == ["other rounding"])
    #expect(changes { $0.plan.precision = .bfloat16 } == ["precision was none, is bf16"])
    #expect(changes { $0.plan.batchParts = 2 } == ["batch parts was none, is 2"])
    #expect(changes { $0.plan.training.cooperation = Cooperation(.local) } == ["other cooperation"])
  }

  @Test func itComesBackAndMakesAModel() throws {
    try withTemporaryFolder { folder in
      try record.write(toFolder: folder)
      #expect(try RunRecord(checkpoint: folder) == record)
      let description = try ModelDescription(folder + "/config.json")
      #expect(description.sampleRate == 16_000 && description.configuration == record.settings.architecture)
    }
  }

  @Test(arguments: [
    (#""batch_size" : 8"#, #""batch_size" : "8""#, "settings.plan.batch_size must be a whole number"),
    (#""batch_size" : 8,"#, "", "the key settings.plan.batch_size is missing"),
    (#""bias" : true"#, #""bias" : 1"#, "settings.architecture.bias must be true or false"), ("{", "", ""),
    (#""kernel_size" : 2"#, #""kernel_size" : 0"#, "settings: architecture.kernel_size is 0; it must be"),
    (
      #""classes" : 256"#, #""classes" : 4611686018427387904"#,
      "settings: companding.classes is 4611686018427387904; it must be"
    ),
    (#""batch_size" : 8"#, #""batch_size" : -9223372036854775808"#, "batch size: -9223372036854775808 is not between"),
    (#""log_interval" : 10"#, #""log_interval" : 0"#, "log interval: 0 is not a positive number"),
    (#""sample_rate" : 16000"#, #""sample_rate" : -1"#, "settings: sample_rate is -1; it must be"),
    (#""seed" : 1"#, #""seed" : -1"#, "settings.plan.seed must be a whole number from 0"),
  ]) func aRecordThatIsDamagedIsNamed(change: (old: String, new: String, problem: String)) throws {
    try withTemporaryFolder { folder in
      try record.write(toFolder: folder)
      let path = folder + "/training.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try #require(text.contains(change.old))
      try write(text.replacingOccurrences(of: change.old, with: change.new).utf8, to: path)
      #expect { try RunRecord(checkpoint: folder) } throws: {
        guard case TrainingFault.badCheckpoint(path, let problem) = $0 else { return false }
        return problem.hasPrefix(change.problem)
      }
    }
  }
}
