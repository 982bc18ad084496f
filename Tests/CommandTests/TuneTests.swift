import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama tune`.
@Suite struct TuneTests {
  private func tune(_ run: String, _ options: [String]) -> [String] {
    ["tune", Fixture.model, "-o", run, "--seconds", "0.05", "--sounds", "4", "--no-tensorboard"] + options
  }

  @Test func aModelIsTunedAndUsed() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let tuned = try expectSuccess(
        tune(run, ["--reward", "-1*brightness", "--reward", "0.1*silence", "--steps", "2", "--every", "2"]))
      for text in [
        "rewards     -1*brightness + 0.1*silence", "sounds      4 sounds of 0.05 s", "divergence  20.0 bits per sound",
        "plan        adam, learning rate 0.0001", "audio in", "kodama generate \(run)",
      ] {
        #expect(tuned.errors.contains(text), "\(tuned.errors)")
      }
      try expectSuccess(["generate", run, "-o", folder + "/out.wav", "--seconds", "0.1", "--quiet"])
      #expect(try AudioFile.read(folder + "/out.wav").frames > 0)
      try expectSuccess(["report", run])
      try expectFailure(
        73, tune(run, ["--reward", "silence", "--steps", "2"]), mentions: [run, "--resume"])
      // A resumed run has its rewards.
      let resumed = try expectSuccess(tune(run, ["--resume", "--steps", "3"]))
      #expect(resumed.errors.contains("-1*brightness"), "\(resumed.errors)")
      #expect(try TrainingHistory(run: run).steps.map(\.step) == [1, 2, 3])
      try expectFailure(
        65, tune(run, ["--resume", "--steps", "4", "--reward", "hnr"]), mentions: ["rewards", "--allow-changes"])
    }
  }

  @Test func timeMayBeGivenInsteadOfSteps() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(
        tune(run, ["--reward", "silence", "--for", "1s", "--divergence", "none", "--optimizer", "sgd", "--quiet"]))
      #expect(try !TrainingHistory(run: run).steps.isEmpty)
      let settings = try TuningJob.settings(ofRun: run)
      #expect(settings.divergenceTarget == nil && settings.plan.optimizer == .sgd && settings.plan.learningRate == 0.01)
    }
  }

  @Test(
    arguments: [
      (["--steps", "2"], Int32(64), ["--reward"]), (["--reward", "voiced"], 64, ["voiced-share"]),
      (["--reward", "label=digit=7"], 64, ["needs a classifier", "--classifier"]),
      (["--reward", "silence", "--divergence", "0"], 64, ["--divergence", "above 0"]),
      (["--reward", "silence", "--discount", "1.5"], 64, ["discount", "1.5"]),
      (["--reward", "silence", "--discount", "nan"], 64, ["discount"]),
      (["--reward", "silence", "--sounds", "1"], 64, ["at least 2"]),
      (["--reward", "silence", "--steps", "2", "--for", "2s"], 64, ["--steps", "--for"]),
      (["--reward", "silence", "--for", "2"], 64, ["--for 2 has no unit"]),
      (["--reward", "ltas=/nowhere/here"], 66, ["/nowhere/here"]),
      (["--reward", "silence", "--validation", "/nowhere/here"], 66, ["/nowhere/here"]),
      (["--reward", "silence", "--label", "digit=1"], 64, ["not conditioned"]),
      (["--reward", "silence", "--resume"], 66, ["no checkpoint"]),
    ] as [([String], Int32, [String])])
  func aWrongOptionIsNamed(options: [String], status: Int32, mentions: [String]) throws {
    try withTemporaryFolder { folder in
      try expectFailure(status, tune(folder + "/run", options + ["--quiet"]), mentions: mentions)
      #expect(!Folder.exists(folder + "/run/checkpoints/step-0"))
    }
  }

  @Test(
    arguments: [
      ("exit 4; :", Int32(69), ["status 4"]), ("/nowhere/scorer", 69, ["status 127", "/nowhere/scorer"]),
      ("true", 65, ["prints nothing for 4 sounds"]), ("echo 1 2; :", 65, ["2 numbers for 4 sounds"]),
      ("echo 1 2 nan 4; :", 65, ["nan for sound 3", "finite"]), ("sleep 600; :", 69, ["was ended", "--program-limit"]),
    ] as [(String, Int32, [String])])
  func aProgramThatFailsEndsTheRunWell(command: String, status: Int32, mentions: [String]) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectFailure(
        status,
        tune(run, ["--reward", "program=" + command, "--program-limit", "1s", "--steps", "2", "--quiet"]),
        mentions: mentions)
      // What was there is kept, and can be resumed with a program that works.
      try expectSuccess(
        tune(
          run,
          [
            "--resume", "--allow-changes", "--reward", "program=for f in \"$@\"; do echo 1; done", "--steps", "1",
            "--quiet",
          ]))
      #expect(try RunFolder(run).newestStep() == 1)
    }
  }
}
