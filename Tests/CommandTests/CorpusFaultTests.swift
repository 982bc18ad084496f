import Foundation
import Kodama
import TestSupport
import Testing

/// Folders of recordings that are not as a model wants them, 20 to 24 of the fault matrix.
@Suite struct CorpusFaultTests {
  private let loud = Fixture.training.filter { $0 != "--quiet" }

  @Test func otherRatesAndChannelsAreConvertedAndReported() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      try Fixture.writeSound(corpus + "/a.wav", seconds: 0.2)
      try Fixture.writeSound(corpus + "/b.wav", seconds: 0.2, sampleRate: 22_050)
      try Fixture.writeSound(corpus + "/c.wav", seconds: 0.2, channels: 2)
      let trained = try expectSuccess(
        ["train", corpus, "-o", folder + "/run", "--steps", "1", "--sample-rate", "8000"] + loud)
      #expect(trained.errors.contains("2 files converted to 8000 Hz mono: b.wav; c.wav"))
      let scored = try expectSuccess(["score", Fixture.model, corpus])
      #expect(scored.errors.contains("2 files converted to 8000 Hz mono"))
      #expect(scored.text.split(separator: "\n").contains { $0.split(separator: " ") == ["files", "3"] })
    }
  }

  @Test func filesOfAACAreNamedWithTheCommandThatConvertsThem() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      for number in 0..<2 { try Fixture.writeSound(corpus + "/\(number).wav", seconds: 0.2, seed: UInt64(number)) }
      let box = [0, 0, 0, 0x18] + Array("ftypM4A ".utf8) + [0, 0, 0, 0] + Array("M4A mp42".utf8)
      try write(box, to: corpus + "/it's mine.m4a")
      let command = "ffmpeg -i '\(corpus)/it'\\''s mine.m4a' '\(corpus)/it'\\''s mine.wav'"
      let inspected = try expectSuccess(["corpus", "inspect", corpus])
      #expect(inspected.text.contains("MPEG-4 audio") && inspected.text.contains(command), "\(inspected.text)")
      let trained = try expectSuccess(["train", corpus, "-o", folder + "/run", "--steps", "1"] + loud)
      #expect(trained.errors.contains("1 unusable file left out") && trained.errors.contains(command))
      try expectFailure(
        65, ["train", corpus, "-o", folder + "/other", "--steps", "1", "--strict"] + loud, mentions: [command])
      for arguments in [
        ["evaluate", corpus + "/0.wav", corpus + "/it's mine.m4a"],
        ["generate", Fixture.model, "-o", folder + "/a.wav", "--prime", corpus + "/it's mine.m4a"],
        ["spectrogram", corpus + "/it's mine.m4a", "-o", folder + "/a.png"],
      ] { try expectFailure(65, arguments, mentions: ["MPEG-4 audio", command]) }
    }
  }

  @Test func aFileInsteadOfAFolderOfRecordingsIsSaid() throws {
    try withTemporaryFolder { folder in
      let file = Fixture.recording
      for arguments in [
        ["train", file, "-o", folder + "/run"], ["score", Fixture.model, file], ["corpus", "inspect", file],
        ["features", file, "-o", folder + "/features"],
        ["train", Fixture.corpus, "-o", folder + "/run", "--validation", file],
      ] {
        try expectFailure(66, arguments, mentions: [file, "it is a file; give the folder that holds the recordings"])
      }
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func convertedSoundToGoOnFromIsReported() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/other.wav", seconds: 0.1, sampleRate: 22_050, channels: 2)
      let end = try expectSuccess(
        ["generate", Fixture.model, "-o", folder + "/out.wav", "--samples", "50", "--prime", folder + "/other.wav"])
      #expect(end.errors.contains("converted from 22050 to 8000 Hz"))
    }
  }

  @Test func evaluationConvertsNothing() throws {
    try withTemporaryFolder { folder in
      let paths = ["plain", "rate", "stereo", "long"].map { folder + "/\($0).wav" }
      try Fixture.writeSound(paths[0], seconds: 0.2)
      try Fixture.writeSound(paths[1], seconds: 0.2, sampleRate: 16_000)
      try Fixture.writeSound(paths[2], seconds: 0.2, channels: 2)
      try Fixture.writeSound(paths[3], seconds: 0.3)
      for (path, differs) in zip(
        paths.dropFirst(), [["8000 Hz", "16000 Hz"], ["1 channel", "has 2"], ["1600", "2400"]])
      {
        try expectFailure(
          65, ["evaluate", paths[0], path, "--metrics", "lsd"], mentions: [paths[0], path] + differs)
      }
    }
  }

  @Test func foldersWithoutCommonNamesAreComparedAsSets() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/a/one.wav", seconds: 0.2)
      try Fixture.writeSound(folder + "/b/two.wav", seconds: 0.3)
      try Fixture.writeSound(folder + "/b/three.wav", seconds: 0.3)
      let sets = try expectSuccess(["evaluate", folder + "/a", folder + "/b"])
      #expect(sets.text.contains("ltas"))
      try expectFailure(
        65, ["evaluate", folder + "/a", folder + "/b", "--metrics", "lsd"], mentions: ["lsd", "no two names"])
    }
  }

  @Test func soundsWithoutSamplesAreLeftOutOfAnEvaluation() throws {
    try withTemporaryFolder { folder in
      for side in ["/a", "/b"] {
        try Fixture.writeSound(folder + side + "/one.wav", seconds: 0.2)
        try Fixture.writeSound(folder + side + "/none.wav", seconds: 0)
      }
      let end = try expectSuccess(["evaluate", folder + "/a", folder + "/b"])
      #expect(end.errors.contains("it contains no samples; left out: 2 files: none.wav"))
      try expectFailure(65, ["evaluate", folder + "/a", folder + "/b", "--strict"], mentions: ["/none.wav"])
    }
  }

  @Test func clipsShorterThanACropAreUsed() throws {
    try withTemporaryFolder { folder in
      for number in 0..<3 {
        try Fixture.writeSound(folder + "/corpus/\(number).wav", seconds: 0.01, seed: UInt64(number))
      }
      try expectSuccess(["train", folder + "/corpus", "-o", folder + "/run", "--steps", "3"] + Fixture.training)
      try expectSuccess(["generate", folder + "/run", "-o", folder + "/out.wav", "--samples", "10", "--quiet"])
    }
  }

  /// Silence must not fill the part that is held back, whatever the hash of its name.
  @Test func silentFilesAreLeftOutAndCounted() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      for number in 0..<12 {
        try write(
          WaveBytes(sampleRate: 8000, data: [UInt8](repeating: 0, count: 4000)).bytes, to: corpus + "/s\(number).wav")
      }
      for number in 0..<2 { try Fixture.writeSound(corpus + "/\(number).wav", seconds: 0.1, seed: UInt64(number)) }
      let end = try expectSuccess(["train", corpus, "-o", folder + "/run", "--steps", "1"] + loud)
      #expect(end.errors.contains("12 empty or silent files left out"))
    }
  }

  @Test func silenceAloneIsNoCorpus() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      try write(WaveBytes(data: [UInt8](repeating: 0, count: 4000)).bytes, to: corpus + "/a.wav")
      try Fixture.writeSound(corpus + "/b.wav", seconds: 0)
      try expectFailure(
        65, ["train", corpus, "-o", folder + "/run"] + Fixture.training,
        mentions: [corpus, "all 2 files are empty or silent", "kodama corpus inspect"])
      try expectFailure(65, ["score", Fixture.model, corpus], mentions: [corpus, "silent"])
    }
  }

  @Test func brokenFilesAloneAreNoCorpus() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      try write("<html>".utf8, to: corpus + "/a.wav")
      for arguments in [
        ["train", corpus, "-o", folder + "/run"] + Fixture.training, ["score", Fixture.model, corpus],
        ["evaluate", corpus, corpus],
      ] { try expectFailure(65, arguments, mentions: [corpus, "a.wav"]) }
      // Inspecting says what is there, and then that nothing of it is of use.
      let inspected = try Command.run(["corpus", "inspect", corpus])
      #expect(inspected.status == 65 && inspected.text.contains("a.wav") && inspected.errors.contains(corpus))
    }
  }

  @Test(arguments: ["empty", "missing", "notes"]) func aFolderWithoutSoundIsNoInput(name: String) throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/" + name
      if name != "missing" { try write("text".utf8, to: corpus + "/" + (name == "empty" ? ".hidden" : "notes.txt")) }
      for arguments in [
        ["corpus", "inspect", corpus], ["train", corpus, "-o", folder + "/run"] + Fixture.training,
        ["train", Fixture.corpus, "-o", folder + "/other", "--validation", corpus] + Fixture.training,
        ["score", Fixture.model, corpus], ["evaluate", corpus, Fixture.corpus],
      ] { try expectFailure(66, arguments, mentions: [corpus]) }
      if name == "missing" { #expect(try names(in: folder).isEmpty, "a run was made for a corpus that is not there") }
    }
  }

  @Test func aMissingOrUnreadableFileIsNoInput() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(atPath: folder + "/loop.wav", withDestinationPath: "loop.wav")
      var paths = [folder + "/none.wav", folder + "/loop.wav", folder]
      // Permissions stop everybody but root.
      if geteuid() != 0 {
        try write(WaveBytes().bytes, to: folder + "/secret.wav")
        chmod(folder + "/secret.wav", 0)
        paths.append(folder + "/secret.wav")
      }
      for path in paths {
        try expectFailure(66, ["spectrogram", path, "-o", folder + "/out.png"], mentions: [path, "cannot be read"])
      }
    }
  }

  /// A file is read in stretches, when crops of them come, so one that goes away is missed at a stretch not yet read.
  @Test func theStepsBeforeARecordingVanishedAreSaved() throws {
    try withTemporaryFolder { folder in
      let (corpus, run) = (folder + "/corpus", folder + "/run")
      // Four seconds a stretch.
      try Fixture.writeSound(corpus + "/a.wav", seconds: 160)
      let child = try Child(
        Command.executable,
        ["train", corpus, "-o", run, "--steps", "1000000", "--checkpoint-every", "1000000", "--log-every", "1"]
          + Fixture.training)
      try child.wait(until: "the first step") { (try? bytes(run + "/metrics.jsonl").isEmpty) == false }
      #expect(rename(corpus + "/a.wav", folder + "/a.wav") == 0)
      let end = try child.end()
      #expect(end.status == 66 && end.errors.contains("a.wav: cannot be read"), "\(end.errors)")
      let step = try #require(RunFolder(run).steps().last)
      #expect(step > 0)

      #expect(rename(folder + "/a.wav", corpus + "/a.wav") == 0)
      let last = step + 3
      try expectSuccess(["train", corpus, "-o", run, "--resume", "--steps", "\(last)", "--quiet"])
      try expectSuccess(["train", corpus, "-o", folder + "/whole", "--steps", "\(last)"] + Fixture.training)
      let path = "/checkpoints/step-\(last)/model.safetensors"
      #expect(try bytes(run + path) == bytes(folder + "/whole" + path))
    }
  }

  @Test func aLoopOfLinksEnds() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/corpus/a.wav", seconds: 0.1)
      let manager = FileManager.default
      try manager.createSymbolicLink(atPath: folder + "/corpus/up", withDestinationPath: "..")
      try manager.createSymbolicLink(atPath: folder + "/corpus/self", withDestinationPath: "self")
      let end = try expectSuccess(["corpus", "inspect", folder + "/corpus"])
      #expect(end.text.contains("self"))
    }
  }

  @Test func aListOfLabelsCannotLeadOut() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/corpus/a.wav", seconds: 0.1)
      for path in ["../secret.wav", "/etc/passwd", "a/../../b.wav"] {
        try write("path,label\n\(path),x\n".utf8, to: folder + "/labels.csv")
        try expectFailure(
          65, ["corpus", "inspect", folder + "/corpus", "--labels", folder + "/labels.csv"],
          mentions: [folder + "/labels.csv", path])
      }
      try expectFailure(
        66, ["score", Fixture.model, folder + "/corpus", "--labels", folder + "/none.csv"], mentions: ["/none.csv"])
    }
  }
}
