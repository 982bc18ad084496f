import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama train --try`.
@Suite struct TrySettingsTests {
  private func train(_ run: String, _ options: [String], quiet: Bool = true) -> [String] {
    ["train", Fixture.corpus, "-o", run] + Fixture.training.filter { quiet || $0 != "--quiet" } + options
  }

  private static let rates = ["--try", "learning_rate=1e-6,0.02,1e-5", "--optimizer", "adam"]

  @Test func theBestSettingIsChosenAndTrained() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let end = try expectSuccess(
        train(run, ["--steps", "36", "--try-share", "50"] + Self.rates, quiet: false))
      #expect(end.output.isEmpty)
      let lines = end.errors.split(separator: "\n").map(String.init)
      #expect(
        lines.contains { $0.hasPrefix("trials      3 candidates in 2 rounds, the last after 7 steps; 17 steps in all") }
      )
      #expect(
        lines.contains { $0.hasPrefix("trial 2, step 7: ") && $0.hasSuffix("with learning_rate=0.02") }, "\(lines)")
      let start = try #require(
        lines.firstIndex { $0.hasPrefix("settings ") && $0.hasSuffix("bits per sample") }, "\(lines)")
      #expect(lines[start + 2].hasPrefix("learning_rate=0.02") && lines[start + 2].hasSuffix("chosen"))
      #expect(lines[start + 1...start + 3].count { $0.hasSuffix("chosen") } == 1)
      let settings = try TrainingJob.settings(ofRun: run)
      #expect(settings.plan.learningRate == 0.02 && settings.steps == 36)
      #expect(try RunFolder(run).steps().last == 36)

      // The same as with the setting alone.
      try expectSuccess(
        train(folder + "/plain", ["--steps", "36", "--optimizer", "adam", "--learning-rate", "0.02"]))
      for name in ["model", "average"] {
        let path = "/checkpoints/step-36/\(name).safetensors"
        #expect(try bytes(run + path) == bytes(folder + "/plain" + path))
      }
      // The run is an ordinary one.
      try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--steps", "37", "--quiet"])
      try expectSuccess(
        ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "38", "--quiet"] + Self.rates.prefix(2))
      try expectFailure(
        65, ["train", Fixture.corpus, "-o", run, "--resume", "--quiet", "--try", "learning_rate=1,2"],
        mentions: [run, "other settings"])
      try expectFailure(73, train(run, Self.rates), mentions: [run, "--resume"])
    }
  }

  @Test func interruptedTrialsAreResumedToTheSameChoice() throws {
    try withTemporaryFolder { folder in
      let (whole, parts) = (folder + "/whole", folder + "/parts")
      let options = ["--steps", "1000", "--set", "validation_seconds=0.1", "--sample-every", "100000"] + Self.rates
      let plain = ["train", Fixture.corpus, "-o", parts, "--resume", "--quiet", "--threads", "2"]
      let first = try Child(Command.executable, train(parts, options))
      try first.wait(until: "a checkpoint of a trial") { AtomicFile.exists(parts + "/trials/1/latest") }
      first.send(SIGTERM)
      #expect(try first.end().status == 143)
      #expect(SettingsTrialsJob.areUnderWay(inRun: parts))
      try expectFailure(73, train(parts, options), mentions: [parts, "--resume"])
      try expectFailure(65, plain + ["--steps", "900"], mentions: ["steps were 1000, are 900"])
      // What is tried need not be given again.
      try expectSuccess(plain)
      try expectSuccess(train(whole, options))
      #expect(try bytes(whole + "/trials/trials.json") == bytes(parts + "/trials/trials.json"))
      let path = "/checkpoints/step-1000/model.safetensors"
      #expect(try bytes(whole + path) == bytes(parts + path))
    }
  }

  @Test func trialsArePartOfTheTime() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--for", "3s", "--try", "clip_norm=1,3"]))
      let settings = try TrainingJob.settings(ofRun: run)
      let steps = try #require(settings.steps)
      #expect(settings.plan.schedule == .cosine && settings.plan.cosineSteps == steps)
      #expect([1, 3].contains(settings.plan.clipNorm))
      let trial = try TrainingJob.settings(ofRun: run + "/trials/1")
      // 33 of 67 parts, for two trials.
      #expect(trial.steps == max(1, Int(Double(steps) * (0.33 / (1 - 0.33))) / 2), "\(steps)")
      #expect(trial.plan.cosineSteps == trial.steps)
    }
  }

  @Test func thePlanShowsTheTrials() throws {
    let line = ["train", Fixture.corpus, "--dry-run"] + Fixture.training + ["--steps", "100"] + Self.rates
    let end = try expectSuccess(line)
    #expect(end.errors.contains("trials      3 candidates in 2 rounds, the last after 13 steps; 31 steps in all"))
  }

  @Test(
    arguments: [
      (64, ["--try", "learning_rat=1,2"], ["--try learning_rat", "did you mean plan.learning_rate"]),
      (64, ["--try", "learning_rate=0.1,fast"], ["--try plan.learning_rate", "\"fast\" is not a number"]),
      (64, ["--try", "learning_rate=0.1,-1"], ["learning rate", "is not a positive number"]),
      (64, ["--try", "learning_rate=0.1,0.1"], ["0.1 is given twice"]),
      (64, ["--try", "learning_rate=0.1"], ["one candidate"]),
      (64, ["--try", "learning_rate=0.1,0.2", "--learning-rate", "0.3"], ["--learning-rate", "leave one out"]),
      (64, ["--try", "learning_rate=0.1,0.2", "--validation-share", "0"], ["--validation-share"]),
      (64, ["--try", "learning_rate=0.1,0.2", "--try-share", "95"], ["--try-share", "95"]),
      (64, ["--try-share", "20"], ["--try-share needs --try"]),
    ] as [(Int32, [String], [String])]) func whatCannotBeTriedIsRefused(
      status: Int32, options: [String], mentions: [String]
    ) throws
  {
    try withTemporaryFolder { folder in
      try expectFailure(status, train(folder + "/run", options), mentions: mentions)
      #expect(!AtomicFile.exists(folder + "/run"))
    }
  }

  @Test func aRunWithoutTrialsHasNoneLater() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(train(folder + "/run", ["--steps", "1"]))
      try expectFailure(
        64, train(folder + "/run", ["--resume", "--steps", "2"] + Self.rates), mentions: ["started without --try"])
    }
  }

  @Test func nothingHeldOutIsAnErrorWithAdvice() throws {
    try withTemporaryFolder { folder in
      // Shorter than any share of it that could be held out.
      try Fixture.writeSound(folder + "/corpus/0.wav", seconds: 0.02)
      try expectFailure(
        65, ["train", folder + "/corpus", "-o", folder + "/run", "--steps", "2"] + Fixture.training + Self.rates,
        mentions: ["no recordings are held out", "--validation"])
    }
  }
}
