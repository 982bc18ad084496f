import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama report`, and the difference and forms of `kodama spectrogram`.
@Suite struct ReportTests {
  /// A copy of a run's log, checkpoints and samples, to be changed.
  private func copyRun(to path: String) throws {
    try FileManager.default.copyItem(atPath: Fixture.run, toPath: path)
  }

  @Test func aRunIsDrawnOnceAndAgainOnRequest() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/a <run>"
      try copyRun(to: run)
      let end = try expectSuccess(["report", run])
      #expect(end.output.isEmpty && end.errors.contains(run + "/report.html"))
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      for part in [
        "Training run a &lt;run&gt;", "Training loss", "Learning rate", "Norm of gradients", "Speed", "Step 3",
      ] {
        #expect(page.contains(part), "\(part)")
      }
      #expect(page.components(separatedBy: "<audio").count == 2 && page.contains("8,000 Hz"))
      try expectFailure(73, ["report", run], mentions: [run + "/report.html", "--force"])
      try expectSuccess(["report", run, "--force"])
      #expect(try String(contentsOfFile: run + "/report.html", encoding: .utf8) == page)
    }
  }

  /// The log has the first step and every tenth, and the run has taken three.
  @Test func thePageHasTheStepsThatWereTaken() throws {
    let facts = try RunReportJob(run: Fixture.run).report.facts
    #expect(facts.first { $0.name == "Steps" }?.value == "3")
  }

  @Test func thePageGoesWhereItIsSaid() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(["report", Fixture.run + "/", "-o", folder + "/one.html"])
      try expectSuccess(["report", Fixture.run, "-o", folder + "/new/pages"])
      #expect(try names(in: folder) == ["new", "one.html"])
      #expect(try names(in: folder + "/new/pages") == ["report.html"])
      #expect(try bytes(folder + "/one.html") == bytes(folder + "/new/pages/report.html"))
      try write("a file".utf8, to: folder + "/file")
      try expectFailure(73, ["report", Fixture.run, "-o", folder + "/file/pages"], mentions: [folder + "/file/pages"])
      try expectFailure(64, ["report", Fixture.run, "-o", ""], mentions: ["--output", "the name is empty"])
    }
  }

  @Test func severalRunsAreComparedOnOnePage() throws {
    try withTemporaryFolder { folder in
      let runs = ["/runs/one", "/runs/two"].map { folder + $0 }
      try Folder.create(folder + "/runs")
      try copyRun(to: runs[0])
      try expectSuccess(
        ["train", Fixture.corpus, "-o", runs[1], "--steps", "3", "--learning-rate", "0.004"] + Fixture.training)
      let end = try expectSuccess(["report"] + runs)
      #expect(end.output.isEmpty && end.errors.contains(folder + "/runs/comparison.html"))
      let page = try String(contentsOfFile: folder + "/runs/comparison.html", encoding: .utf8)
      for part in [
        "Training runs one, two", "Validation loss, averaged weights", "Training loss, over time", "Best validation",
        "plan.learning_rate", "0.004", "settings are equal", "Step 3",
      ] {
        #expect(page.contains(part), "\(part)")
      }
      #expect(page.components(separatedBy: "<audio").count == 3)
      // The equal ones are folded, the others in the table.
      let folded = try #require(page.components(separatedBy: "<details>").dropFirst().first)
      #expect(folded.contains("plan.batch_size") && !folded.contains("plan.learning_rate"))
      try expectFailure(73, ["report"] + runs, mentions: ["comparison.html", "--force"])
      try expectSuccess(["report"] + runs + ["-o", folder + "/pages"])
      #expect(try names(in: folder + "/pages") == ["comparison.html"])
      try expectFailure(64, ["report", runs[0], runs[0] + "/"], mentions: [runs[0], "given twice"])
      let many = (0..<9).map { folder + "/\($0)" }
      try expectFailure(64, ["report"] + many, mentions: ["9 runs", "at most 8"])
      try expectFailure(
        66, ["report", runs[0], folder + "/none"], mentions: [folder + "/none is not", "training run"])
      try expectFailure(64, ["report"], mentions: ["<folders>"])
    }
  }

  @Test func whatIsNoRunIsNamed() throws {
    try withTemporaryFolder { folder in
      try expectFailure(66, ["report", folder + "/none"], mentions: [folder + "/none is not", "training run"])
      try expectFailure(66, ["report", folder], mentions: [folder + " is not", "training run"])
      try write([], to: folder + "/metrics.jsonl")
      try expectFailure(65, ["report", folder], mentions: [folder + "/metrics.jsonl", "no step"])
      try write("no log\n".utf8, to: folder + "/metrics.jsonl")
      try expectFailure(65, ["report", folder], mentions: [folder + "/metrics.jsonl", "line 1"])
      #expect(try names(in: folder) == ["metrics.jsonl"])
    }
  }

  @Test func aRunWithoutCheckpointsAndWithABrokenSampleIsDrawn() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      try copyRun(to: run)
      try FileManager.default.removeItem(atPath: run + "/checkpoints")
      try write("no sound".utf8, to: run + "/samples/step-2.wav")
      let end = try expectSuccess(["report", run])
      #expect(end.errors.contains("step-2.wav") && end.errors.contains("left out"))
      let page = try String(contentsOfFile: run + "/report.html", encoding: .utf8)
      #expect(!page.contains("id=\"settings\"") && page.contains("1 of 1 sample,"))
    }
  }

  @Test func aPictureIsAlsoAnSVG() throws {
    try withTemporaryFolder { folder in
      for name in ["a.svg", "b.svg"] {
        try expectSuccess(["spectrogram", Fixture.recording, "-o", folder + "/" + name])
      }
      #expect(try bytes(folder + "/a.svg") == bytes(folder + "/b.svg"))
      #expect(try bytes(folder + "/a.svg").starts(with: "<?xml".utf8))
      try expectFailure(64, ["spectrogram", Fixture.recording, "-o", folder + "/a.jpg"], mentions: ["a.jpg", ".svg"])
      #expect(try names(in: folder) == ["a.svg", "b.svg"])
    }
  }

  @Test func theDifferenceOfTwoSoundsIsDrawn() throws {
    try withTemporaryFolder { folder in
      let (other, path) = (Fixture.corpus + "/1.wav", folder + "/out.png")
      try expectSuccess(["spectrogram", Fixture.recording, "--difference-from", other, "-o", path])
      #expect(try bytes(path).starts(with: [0x89] + Array("PNG".utf8)))
      let first = try bytes(path)
      try expectSuccess([
        "spectrogram", Fixture.recording, "--difference-from", other, "-o", path, "--force", "--threads", "1",
      ])
      #expect(try bytes(path) == first)
      let fast = folder + "/fast.wav"
      try Fixture.writeSound(fast, seconds: 0.2, sampleRate: 16_000)
      try expectFailure(
        65, ["spectrogram", Fixture.recording, "--difference-from", fast, "-o", folder + "/no.png"],
        mentions: [Fixture.recording, fast, "8000", "16000"])
      try expectFailure(
        66, ["spectrogram", Fixture.recording, "--difference-from", folder + "/none.wav", "-o", folder + "/no.png"],
        mentions: ["none.wav"])
      #expect(try names(in: folder) == ["fast.wav", "out.png"])
    }
  }
}
