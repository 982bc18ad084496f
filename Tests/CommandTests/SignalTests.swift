import Foundation
import Kodama
import TestSupport
import Testing

/// Signals, 37 of the fault matrix: the first saves and ends, the second ends at once.
@Suite struct SignalTests {
  private static let statuses: [Int32: Int32] = [SIGINT: 130, SIGTERM: 143, SIGHUP: 129]

  /// Starts training and waits until it is about to take steps.
  private func startTraining(_ run: String, _ options: [String]) throws -> Child {
    let child = try Child(
      Command.executable, ["train", Fixture.corpus, "-o", run] + Fixture.training + options)
    // The log is opened before the first checkpoint, and that is saved before the first step.
    try child.wait(until: "the first checkpoint") { AtomicFile.exists(run + "/latest") }
    return child
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func trainingIsSavedAndGoesOnToTheSameBytes(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let child = try startTraining(run, ["--steps", "1000000", "--log-every", "1"])
      try child.wait(until: "the first step") { try !bytes(run + "/metrics.jsonl").isEmpty }
      child.send(signal)
      let end = try child.end(within: 60)
      #expect(end.status == Self.statuses[signal], "\(end.errors)")
      #expect(end.output.isEmpty)
      let step = try #require(RunFolder(run).steps().last)
      #expect(step > 0)
      #expect(try RunFolder(run).newestCheckpoint() == run + "/checkpoints/step-\(step)")

      let last = step + 5
      try expectSuccess(["train", Fixture.corpus, "-o", run, "--resume", "--steps", "\(last)", "--quiet"])
      try expectSuccess(
        ["train", Fixture.corpus, "-o", folder + "/whole", "--steps", "\(last)"] + Fixture.training)
      for name in ["model", "average", "trainer"] {
        let path = "/checkpoints/step-\(last)/\(name).safetensors"
        #expect(try bytes(run + path) == bytes(folder + "/whole" + path), "\(name)")
      }
    }
  }

  @Test(arguments: [SIGINT, SIGTERM]) func aSecondSignalEndsAtOnce(signal: Int32) throws {
    try withTemporaryFolder { folder in
      // A step of 4096 batches of the preset, many minutes long.
      let child = try startTraining(
        folder + "/run", ["--steps", "5", "--accumulate", "4096", "--crop", "4000", "--batch", "8"])
      try child.waitUntilBusy()
      child.send(signal)
      try child.waitUntilDelivered(signal)
      #expect(child.isRunning, "the step was not to end before the second signal")
      let sent = ContinuousClock.now
      child.send(signal)
      #expect(try child.end(within: 60).status == Self.statuses[signal])
      #expect(ContinuousClock.now - sent < .seconds(2))
      #expect(try RunFolder(folder + "/run").steps() == [0])
    }
  }

  /// A terminal that closes sends SIGHUP itself and by its shell.
  @Test func aSecondSIGHUPLeavesTimeToSave() throws {
    try withTemporaryFolder { folder in
      let child = try startTraining(
        folder + "/run", ["--steps", "5", "--accumulate", "4096", "--crop", "4000", "--batch", "8"])
      try child.waitUntilBusy()
      for _ in 0..<2 {
        child.send(SIGHUP)
        try child.waitUntilDelivered(SIGHUP)
      }
      #expect(child.isRunning)
      child.send(SIGTERM)
      #expect(try child.end(within: 60).status == 143)
    }
  }

  @Test func underNohupTrainingGoesOn() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let child = try Child(
        "/usr/bin/env",
        ["nohup", Command.executable, "train", Fixture.corpus, "-o", run, "--steps", "1000000", "--log-every", "1"]
          + Fixture.training)
      func logged() throws -> Int { try bytes(run + "/metrics.jsonl").count }
      try child.wait(until: "the first step") { try AtomicFile.exists(run + "/metrics.jsonl") && logged() > 0 }
      child.send(SIGHUP)
      try child.waitUntilDelivered(SIGHUP)
      let before = try logged()
      try child.wait(until: "steps after the signal") { try logged() > before + 1000 }
      #expect(child.isRunning)
      child.send(SIGINT)
      #expect(try child.end(within: 60).status == 130)
    }
  }

  @Test func theMessageSaysHowToGoOn() throws {
    try withTemporaryFolder { folder in
      let loud = Fixture.training.filter { $0 != "--quiet" }
      let child = try Child(
        Command.executable, ["train", Fixture.corpus, "-o", folder + "/run", "--steps", "1000000"] + loud)
      try child.wait(until: "the first checkpoint") { AtomicFile.exists(folder + "/run/latest") }
      child.send(SIGINT)
      #expect(try child.end().errors.contains("interrupted; saved"))
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func generationKeepsWhatIsThere(signal: Int32) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/out.wav"
      let child = try Child(
        Command.executable, ["generate", Fixture.model, "-o", path, "--seconds", "100000", "--quiet"])
      // The file grows under another name until it is whole; a header has 80 bytes.
      func written() throws -> Int { try names(in: folder).reduce(0) { try $0 + bytes(folder + "/" + $1).count } }
      try child.wait(until: "samples are written") { try written() >= 1000 }
      child.send(signal)
      #expect(try child.end(within: 60).status == Self.statuses[signal])
      let wave = try AudioFile.read(path)
      #expect(wave.frames > 0 && wave.frames < 100_000 * Fixture.sampleRate)
      #expect(try names(in: folder) == ["out.wav"])
    }
  }
}
