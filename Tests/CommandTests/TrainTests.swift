import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama train`: 38 to 42, 47, 48 and 50 of the fault matrix.
@Suite struct TrainTests {
  private func train(_ run: String, _ options: [String], corpus: String = Fixture.corpus) -> [String] {
    ["train", corpus, "-o", run] + Fixture.training + options
  }

  /// How the names of TensorBoard's files begin.
  private static let events = "events.out.tfevents."

  private func eventFiles(_ run: String) throws -> [String] {
    try names(in: run).filter { $0.hasPrefix(Self.events) }
  }

  private func weights(_ run: String, step: Int) throws -> [UInt8] {
    try bytes(run + "/checkpoints/step-\(step)/model.safetensors")
  }

  @Test func aRunHoldsWhatItShould() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/new/run"
      try expectSuccess(train(run, ["--steps", "4", "--checkpoint-every", "2", "--log-every", "2"]))
      let found = try names(in: run)
      #expect(
        found.filter { !$0.hasPrefix(Self.events) }
          == ["best.json", "checkpoints", "corpus.json", "latest", "lock", "metrics.jsonl", "samples"])
      #expect(found.filter { $0.hasPrefix(Self.events) }.count == 1)
      #expect(try names(in: run + "/checkpoints") == ["step-0", "step-2", "step-4"])
      #expect(
        try names(in: run + "/checkpoints/step-4") == [
          "average.safetensors", "config.json", "model.safetensors", "trainer.json", "trainer.safetensors",
          "training.json",
        ])
      #expect(try AudioFile.read(run + "/samples/step-4.wav").frames == 80)
      let log = try String(contentsOfFile: run + "/metrics.jsonl", encoding: .utf8).split(separator: "\n")
      #expect(log.count == 5)
      // The sample is too short for a ratio of harmonics to noise.
      #expect(log.last?.contains(#""kind":"sample""#) == true && log.last?.contains("voicedShare") == true)
    }
  }

  @Test func everySessionHasItsEventFileUnlessNoneIsWanted() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--steps", "2", "--no-tensorboard"]))
      #expect(try eventFiles(run) == [])
      // With or without it is no change of the run.
      try expectSuccess(train(run, ["--steps", "4", "--resume"]))
      let first = try eventFiles(run)
      let content = try bytes(run + "/" + #require(first.first))
      #expect(first.count == 1 && EventRecords(content).length == content.count)
      try expectSuccess(train(run, ["--steps", "5", "--resume"]))
      let second = try eventFiles(run)
      #expect(second.count == 2 && second[0] == first[0])
      #expect(try bytes(run + "/" + first[0]) == content)
      try expectSuccess(train(run, ["--steps", "6", "--resume", "--no-tensorboard"]))
      #expect(try eventFiles(run) == second)
    }
  }

  @Test func anEventFileThatCannotBeWrittenEndsTraining() throws {
    try withTemporaryFolder { folder in
      let options = (Fixture.training + ["--optimizer", "sgd"]).map { "'\($0)'" }.joined(separator: " ")
      // In KiB: the files of checkpoints are smaller, a spectrogram is larger.
      let end = try Command.shell(
        "ulimit -f 20; $KODAMA train '\(Fixture.corpus)' -o run --steps 4 --sample-every 2 \(options)", in: folder)
      try expectFailure(74, end, mentions: ["run/" + Self.events, "writing failed"])
      // The steps before the failure are kept.
      #expect(try names(in: folder + "/run/checkpoints") == ["step-0", "step-2"])
      try expectSuccess(train(folder + "/run", ["--resume", "--steps", "4", "--optimizer", "sgd"]))
      #expect(try eventFiles(folder + "/run").count == 2)
    }
  }

  /// A cosine that goes on after the last step leaves the rate high, one that has ended leaves it low.
  @Test func aScheduleThatDoesNotEndWithTheRunIsSaid() throws {
    try withTemporaryFolder { folder in
      let loud = Fixture.training.filter { $0 != "--quiet" }
      func messages(_ options: [String]) throws -> String {
        try expectSuccess(["train", Fixture.corpus, "-o", folder + "/run"] + loud + options).errors
      }
      let first = try messages(["--steps", "2", "--schedule", "cosine", "--set", "plan.cosine_steps=6"])
      let high = try messages(["--resume", "--steps", "4"])
      let whole = try messages(["--resume", "--steps", "6"])
      let low = try messages(["--resume", "--steps", "7"])
      #expect(!first.contains("learning rate falls") && !whole.contains("learning rate falls"), "\(first)\(whole)")
      #expect(high.contains("% of its highest. --set plan.cosine_steps=4 with --allow-changes"), "\(high)")
      #expect(low.contains("has ended at step 6"), "\(low)")
    }
  }

  @Test func thePlanIsSaidFirst() throws {
    try withTemporaryFolder { folder in
      let loud = train(folder + "/run", ["--steps", "3"]).filter { $0 != "--quiet" }
      let end = try expectSuccess(loud)
      #expect(end.output.isEmpty)
      let beginnings = end.errors.split(separator: "\n").map { $0.prefix { $0 != " " } }
      let plan = ["corpus", "validation", "network", "plan", "time", "expect"]
      #expect(beginnings.prefix(7).map(String.init) == plan + ["step"], "\(end.errors)")
      #expect(beginnings.last == "best", "\(end.errors)")
      #expect(try expectSuccess(train(folder + "/quiet", ["--steps", "3"])).errors.isEmpty)
    }
  }

  @Test func noStepsMakeAModel() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(train(folder + "/run", ["--steps", "0"]))
      try expectSuccess(["generate", folder + "/run", "-o", folder + "/out.wav", "--samples", "10", "--quiet"])
    }
  }

  @Test func aTimeIsKept() throws {
    try withTemporaryFolder { folder in
      let start = ContinuousClock.now
      try expectSuccess(train(folder + "/run", ["--for", "1s"]))
      let time = ContinuousClock.now - start
      // The steps are counted before: they end about then.
      #expect(time > .milliseconds(300) && time < .seconds(30))
    }
  }

  @Test func aMoreThanLongRunBegins() throws {
    try withTemporaryFolder { folder in
      // At more than a second a step the time is over the range of Int in seconds.
      let loud = train(folder + "/run", ["--steps", "\(Int.max)", "--accumulate", "4096"]).filter { $0 != "--quiet" }
      let child = try Child(Command.executable, loud)
      try child.wait(until: "the first checkpoint") { AtomicFile.exists(folder + "/run/latest") }
      for _ in 0..<2 {
        try child.waitUntilBusy()
        child.send(SIGTERM)
        try child.waitUntilDelivered(SIGTERM)
      }
      let end = try child.end()
      #expect(end.status == 143)
      #expect(end.errors.contains("9,223,372,036,854,775,807 steps"))
    }
  }

  /// Interrupted and continued in the middle of an epoch, with other threads.
  @Test func aResumedRunComesToTheSameBytes() throws {
    try withTemporaryFolder { folder in
      let options = ["--set", "dropout=0.2", "--accumulate", "2", "--warm-up", "4"]
      try expectSuccess(train(folder + "/whole", ["--steps", "9"] + options))
      try expectSuccess(train(folder + "/parts", ["--steps", "4"] + options))
      // What the run was begun with need not be said again.
      try expectSuccess(
        ["train", Fixture.corpus, "-o", folder + "/parts", "--resume", "--steps", "9", "--threads", "2", "--quiet"])
      for name in ["model", "average", "trainer"] {
        let path = "/checkpoints/step-9/\(name).safetensors"
        #expect(try bytes(folder + "/whole" + path) == bytes(folder + "/parts" + path), "\(name)")
      }
    }
  }

  @Test func resumingWithOtherSettingsIsRefusedUnlessAllowed() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--steps", "2"]))
      let before = try weights(run, step: 2)
      for (options, mention) in [
        (["--batch", "3"], "batch size was 2, is 3"), (["--learning-rate", "0.5"], "learning rate was 0.002, is 0.5"),
        (["--set", "dropout=0.5"], "dropout was 0, is 0.5"),
        (["--sample-rate", "16000"], "sample rate was 8000, is 16000"),
        (["--trim-silence", "-50"], "trimming"), (["--validation-share", "50"], "another corpus"),
      ] {
        try expectFailure(
          65, ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "3", "--quiet"] + options,
          mentions: [run, mention, "--allow-changes"])
      }
      // Other shapes are another network.
      try expectFailure(
        64,
        [
          "train", Fixture.corpus, "-o", run, "--resume", "--steps", "3", "--quiet", "--set", "skip_channels=5",
          "--allow-changes",
        ], mentions: ["architecture", "skip channels was 8, is 5", "new run"])
      #expect(try weights(run, step: 2) == before)
      try expectSuccess(
        ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "3", "--quiet", "--batch", "3", "--allow-changes"])
      // How often something is looked at is no change.
      try expectSuccess(
        ["train", Fixture.corpus, "-o", run, "--resume", "--steps", "4", "--quiet", "--log-every", "1", "--keep", "2"])
    }
  }

  @Test func resumingOnAnotherCorpusIsRefusedUnlessAllowed() throws {
    try withTemporaryFolder { folder in
      let (corpus, run) = (folder + "/corpus", folder + "/run")
      for number in 0..<3 { try Fixture.writeSound(corpus + "/\(number).wav", seconds: 0.1, seed: UInt64(number)) }
      let begin = train(run, ["--steps", "1", "--validation", Fixture.corpus], corpus: corpus)
      let resume = train(run, ["--steps", "2", "--validation", Fixture.corpus, "--resume"], corpus: corpus)
      try expectSuccess(begin)
      try Fixture.writeSound(corpus + "/1.wav", seconds: 0.1, seed: 9)
      try expectFailure(65, resume, mentions: [run, "another corpus", "--allow-changes"])
      try Fixture.writeSound(corpus + "/1.wav", seconds: 0.1, seed: 1)
      try expectSuccess(resume)
      try FileManager.default.removeItem(atPath: corpus + "/1.wav")
      try expectFailure(65, resume, mentions: [run, "another corpus"])
      try expectSuccess(resume + ["--allow-changes"])
    }
  }

  @Test func anExistingRunIsNotBegunAgain() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try expectSuccess(train(run, ["--steps", "1"]))
      let before = try weights(run, step: 1)
      try expectFailure(73, train(run, ["--steps", "2"]), mentions: [run, "--resume"])
      #expect(try weights(run, step: 1) == before)
      try expectFailure(66, train(folder + "/none", ["--resume"]), mentions: [folder + "/none", "--resume"])
      try expectFailure(66, train(folder, ["--resume"]), mentions: [folder])
    }
  }

  @Test func aRunThatCannotBeMadeIsRefusedBeforeWork() throws {
    try withTemporaryFolder { folder in
      try write("a file".utf8, to: folder + "/file")
      for path in [folder + "/file", folder + "/file/run", "/proc/run"] {
        try expectFailure(73, train(path, []), mentions: [path])
      }
      #expect(try bytes(folder + "/file") == Array("a file".utf8))
    }
  }

  @Test func aFullDiskKeepsTheLastCheckpoint() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(train(folder + "/run", ["--steps", "2"]))
      let (before, files) = (try weights(folder + "/run", step: 2), try names(in: folder + "/run/checkpoints"))
      let options = Fixture.training.map { "'\($0)'" }.joined(separator: " ")
      let end = try Command.shell(
        "ulimit -f 4; $KODAMA train '\(Fixture.corpus)' -o run --resume --steps 4 \(options)", in: folder)
      try expectFailure(74, end, mentions: ["run/", "writing failed"])
      #expect(try weights(folder + "/run", step: 2) == before)
      #expect(try names(in: folder + "/run/checkpoints") == files)
      try expectSuccess(train(folder + "/run", ["--resume", "--steps", "4"]))
    }
  }

  @Test func twoTrainersDoNotShareARun() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let first = try Child(Command.executable, train(run, ["--steps", "1000000"]))
      try first.wait(until: "the first checkpoint") { AtomicFile.exists(run + "/latest") }
      try expectFailure(73, train(run, []), mentions: [run, "another process"])
      try expectFailure(73, train(run, ["--resume"]), mentions: [run, "another process"])
      first.send(SIGTERM)
      #expect(try first.end().status == 143)
      let step = try #require(RunFolder(run).steps().last)
      try expectSuccess(train(run, ["--resume", "--steps", "\(step + 1)"]))
    }
  }

  @Test func aTornLogIsRepaired() throws {
    try withTemporaryFolder { folder in
      let (run, log) = (folder + "/run", folder + "/run/metrics.jsonl")
      try expectSuccess(train(run, ["--steps", "4", "--log-every", "1", "--checkpoint-every", "2"]))
      // As after a crash between steps 4 and 5 with the checkpoint of step 4 lost.
      try FileManager.default.removeItem(atPath: run + "/checkpoints/step-4")
      try write(bytes(log) + Array(#"{"kind":"step","st"#.utf8), to: log)
      try expectSuccess(train(run, ["--resume", "--steps", "5", "--log-every", "1"]))
      struct Line: Decodable { let kind: String, step: Int }
      let lines = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").map {
        try JSONDecoder().decode(Line.self, from: Data($0.utf8))
      }
      #expect(lines.filter { $0.kind == "step" }.map(\.step) == [1, 2, 3, 4, 5])
    }
  }

  @Test func aLossThatIsNotFiniteEndsAfterFourReturns() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let loud = train(
        run,
        ["--steps", "50", "--optimizer", "sgd", "--learning-rate", "1e30", "--clip", "0", "--checkpoint-every", "1"]
      ).filter { $0 != "--quiet" }
      let end = try Command.run(loud)
      try expectFailure(
        70, end, mentions: ["not finite after 4 rollbacks", run + "/checkpoints/step-", "--learning-rate"])
      #expect(end.errors.components(separatedBy: "the loss is not finite; back to step").count == 5, "\(end.errors)")
      #expect(end.errors.contains("with 0.0625 of the learning rate"))
      try expectSuccess(["generate", run, "-o", folder + "/out.wav", "--samples", "100", "--quiet"])
      try expectSuccess(["score", run, Fixture.corpus, "--quiet"])
    }
  }
}
