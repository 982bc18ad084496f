import Foundation
import Kodama
import TestSupport
import Testing

/// The plan of `kodama train`: fitted to a time, shown without training, ended early, with the best checkpoint kept.
@Suite struct TrainPlanTests {
  private func train(_ run: String, _ options: [String]) -> [String] {
    ["train", Fixture.corpus, "-o", run] + Fixture.training + options
  }

  private func lines(_ run: String, _ kind: String) throws -> Int {
    try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).components(separatedBy: "\"kind\":\"\(kind)\"")
      .count - 1
  }

  @Test func stepsAreFittedToTheTimeAndRecorded() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--for", "2s", "--log-every", "1"]))
      let settings = try TrainingJob.settings(ofRun: run)
      let steps = try #require(settings.steps)
      #expect(steps > 10 && settings.plan.schedule == .cosine && settings.plan.cosineSteps == steps)
      #expect(settings.plan.learningRate > 0.001 && settings.plan.warmUpSteps == min(500, steps / 20))
      #expect(try RunFolder(run).steps().last == steps)
      #expect(try lines(run, "step") == steps)
      #expect(RunFolder(run).best != nil)
      // All steps are taken: nothing is validated again.
      let validations = try lines(run, "validation")
      #expect(validations >= 1)
      try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--quiet"])
      #expect(try lines(run, "validation") == validations && lines(run, "step") == steps)
    }
  }

  @Test func anInterruptedRunEndsAsTheWholeOne() throws {
    try withTemporaryFolder { folder in
      // The settings that a time gave, for two runs.
      try expectSuccess(train(folder + "/timed", ["--for", "1s"]))
      let settings = try TrainingJob.settings(ofRun: folder + "/timed")
      let steps = try #require(settings.steps)
      for (run, parts) in [("whole", [steps]), ("parts", [steps / 3, steps])] {
        for (number, part) in parts.enumerated() {
          let job = try TrainingJob(
            corpus: Fixture.corpus, run: folder + "/" + run, settings: settings, resuming: number > 0, workers: .serial)
          try job.train(until: .steps(part))
        }
      }
      for name in ["model", "average", "trainer"] {
        let path = "/checkpoints/step-\(steps)/\(name).safetensors"
        #expect(try bytes(folder + "/whole" + path) == bytes(folder + "/parts" + path), "\(name)")
      }
    }
  }

  @Test func givenSettingsAreNotFitted() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let given = [
        "--learning-rate", "0.0007", "--schedule", "constant", "--warm-up", "3", "--validate-every", "1000000",
      ]
      try expectSuccess(train(run, ["--for", "1s"] + given))
      let settings = try TrainingJob.settings(ofRun: run)
      #expect(settings.plan.learningRate == 0.0007 && settings.plan.schedule == .constant)
      #expect(settings.plan.warmUpSteps == 3 && settings.validationInterval == 1_000_000)
      #expect(settings.steps != nil)
    }
  }

  @Test func aTimeEndsASessionOfARunThatIsResumed() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(folder + "/short", ["--steps", "2"]))
      var settings = try TrainingJob.settings(ofRun: folder + "/short")
      settings.steps = 1_000_000
      try TrainingJob(corpus: Fixture.corpus, run: run, settings: settings, workers: .serial).train(until: .steps(2))
      let end = try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--for", "1s"])
      #expect(end.errors.contains("the time is over; saved"), "\(end.errors)")
      let step = try #require(RunFolder(run).steps().last)
      #expect(step > 2 && step < 1_000_000)
    }
  }

  @Test func aDryRunShowsEverySettingAndWritesNothing() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let end = try expectSuccess(train(run, ["--dry-run", "--for", "30s", "--batch", "3", "--set", "clip_norm=2"]))
      #expect(!AtomicFile.exists(run))
      let rows = end.text.split(separator: "\n").map { $0.split(separator: " ", omittingEmptySubsequences: true) }
      func row(_ key: String) -> String {
        rows.first { $0.first == key[...] }?.dropFirst().joined(separator: " ") ?? ""
      }
      #expect(row("plan.batch_size") == "3 8 --batch")
      #expect(row("plan.clip_norm") == "2 1 --set")
      #expect(row("plan.schedule") == "cosine constant fitted to --for")
      #expect(row("plan.seed") == "1 1 default")
      #expect(row("steps").hasSuffix("none fitted to --for"))
      #expect(rows.count > 40)
      for part in ["corpus", "validation", "network", "plan", "time", "expect"] {
        #expect(end.errors.contains("\n\(part) ") || end.errors.hasPrefix(part), "\(part): \(end.errors)")
      }
    }
  }

  @Test func settingsAreListed() throws {
    let end = try expectSuccess(["train", "--settings", "--preset", "tiny"])
    for text in ["plan.learning_rate", "architecture.residual_channels", "patience", "16", "Samples in a crop"] {
      #expect(end.text.contains(text), "\(text)")
    }
    #expect(!end.text.contains("\u{1B}"))
  }

  @Test func extremeNumbersAreTaken() throws {
    try withTemporaryFolder { folder in
      let most = "\(Int.max)"
      try expectSuccess(train(folder + "/run", ["--steps", "2", "--validate-every", most, "--sample-every", most]))
      try expectSuccess(train(folder + "/short", ["--for", "0.001s"]))
      try expectSuccess(train(folder + "/little", ["--steps", "2", "--set", "validation_seconds=1e-6"]))
      let best = try #require(RunFolder(folder + "/little").best)
      #expect(best.loss > 0)
    }
  }

  @Test func anOptimizersRateIsFittedToo() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--for", "0.2s", "--optimizer", "adamw"]))
      let plan = try TrainingJob.settings(ofRun: run).plan
      #expect(plan.optimizer == .adamw && plan.learningRate > 0.001 && plan.weightDecay == 0.01)
    }
  }

  @Test func otherHeldOutRecordingsAreAnotherBest() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--steps", "2", "--set", "validation_seconds=0.01"]))
      try RunFolder(run).recordBest(BestCheckpoint(step: 2, weights: .raw, loss: 0.001))
      try expectSuccess(
        ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "3", "--set", "validation_seconds=0.02", "--quiet"])
      let best = try #require(RunFolder(run).best)
      #expect(best.step == 3 && best.loss > 1)
    }
  }

  @Test func patienceEndsARun() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      // Steps so small that no weight changes: every validation is as good as the first.
      let still = ["--learning-rate", "1e-30", "--validate-every", "2", "--steps", "100", "--patience", "3"]
      try expectSuccess(train(run, still))
      #expect(try RunFolder(run).steps().last == 8)
      #expect(RunFolder(run).best?.step == 2)
      #expect(try RunFolder(run).steps().contains(2))
    }
  }

  @Test(
    arguments: [
      (["--patience", "0"], ["patience", "0"]), (["--patience", "x"], ["patience"]),
      (["--set", "batch_sizes=4"], ["batch_sizes", "plan.batch_size"]),
      (["--set", "steps=-1"], ["steps", "-1"]),
      (["--for", "3s", "--steps", "4"], ["--steps or --for"]),
      (["--for", "1s", "--set", "steps=5"], ["steps", "5", "fitted to the time"]),
    ]) func aBadPlanIsNamed(options: [String], mentions: [String]) throws
  {
    try withTemporaryFolder { folder in
      try expectFailure(64, train(folder + "/run", options), mentions: mentions)
      #expect(!AtomicFile.exists(folder + "/run"))
    }
  }

  @Test func whatIsMissingIsNamed() throws {
    try expectFailure(64, ["train"], mentions: ["<corpus>"])
    try expectFailure(64, ["train", Fixture.corpus], mentions: ["--output"])
    try expectFailure(64, ["train", Fixture.corpus, "--dry-run", "--resume"], mentions: ["--resume needs --output"])
  }
}
