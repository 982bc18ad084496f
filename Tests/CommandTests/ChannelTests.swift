import Foundation
import Kodama
import TestSupport
import Testing

/// Channels that cancel, channels alone, silence, and names that no string can hold.
@Suite struct ChannelTests {
  private let loud = Fixture.training.filter { $0 != "--quiet" }

  /// A tone in one channel, and its inverse in the other.
  private func writeInverted(_ path: String, seed: Int = 1) throws {
    let tone = (0..<4000).map { Float(0.4 * sin(Double($0) * (0.2 + 0.05 * Double(seed)))) }
    try write([], to: path)
    try AudioWriter.write(
      Waveform(channels: [tone, tone.map { -$0 }], sampleRate: Fixture.sampleRate), to: path, existing: .replace)
  }

  @Test func channelsThatCancelAreNamedAndOneOfThemIsUsed() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      for number in 0..<3 { try writeInverted(corpus + "/\(number).wav", seed: number) }
      let inspected = try expectSuccess(["corpus", "inspect", corpus])
      #expect(inspected.text.contains("0.wav: its channels cancel"))
      try expectFailure(
        65, ["train", corpus, "-o", folder + "/run", "--steps", "1"] + Fixture.training,
        mentions: ["all 3 files are empty or silent", "the channels of 0.wav cancel"])
      try expectFailure(65, ["score", Fixture.model, corpus, "--strict"], mentions: ["0.wav", "channels cancel"])
      try? FileManager.default.removeItem(atPath: folder + "/run")
      let left = ["train", corpus, "-o", folder + "/run", "--channel", "left"]
      try expectSuccess(left + ["--steps", "2"] + loud)
      // What a run goes on with is what it began with.
      try expectSuccess(["train", corpus, "-o", folder + "/run", "--resume", "--steps", "4"] + Fixture.training)
      try expectFailure(
        65, ["train", corpus, "-o", folder + "/run", "--resume", "--channel", "right", "--steps", "6"],
        mentions: ["channel was 1, is 2"])
      try expectSuccess(
        ["train", corpus, "-o", folder + "/whole", "--channel", "1", "--steps", "4"] + Fixture.training)
      let weights = "/checkpoints/step-4/model.safetensors"
      #expect(try bytes(folder + "/run" + weights) == bytes(folder + "/whole" + weights))
      let scored = try expectSuccess(["score", Fixture.model, corpus, "--channel", "right"])
      #expect(!scored.errors.contains("cancel"))
    }
  }

  @Test func everyFaultOfAFileIsNamed() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/corpus/a.wav", seconds: 0.2)
      try writeInverted(folder + "/corpus/b.wav")
      // The last samples are missing too.
      let whole = try bytes(folder + "/corpus/b.wav")
      try write(whole.dropLast(400), to: folder + "/corpus/b.wav")
      for line in ["train corpus -o run --steps 1 " + loud.joined(separator: " "), "score \(Fixture.model) corpus"] {
        let end = try Command.shell("$KODAMA " + line, in: folder)
        #expect(end.status == 0)
        for mention in ["1 file with faults: b.wav: cut short", "; b.wav: its channels cancel"] {
          #expect(end.errors.contains(mention), "\(end.errors)")
        }
      }
    }
  }

  @Test func channelsThatCancelInAMixAreNamedWhereverASoundComesFrom() throws {
    try withTemporaryFolder { folder in
      try writeInverted(folder + "/a.wav")
      for sides in ["a.wav a.wav", "a.wav - < a.wav", "- a.wav < a.wav"] {
        let mixed = try Command.shell("$KODAMA evaluate --mono --metrics peak " + sides, in: folder)
        #expect(mixed.status == 0)
        #expect(mixed.errors.components(separatedBy: "its channels cancel").count == 2, "\(sides): \(mixed.errors)")
        #expect(mixed.errors.contains("a.wav"), "\(sides): \(mixed.errors)")
        #expect(mixed.errors.contains("standard input") == sides.contains("-"), "\(sides): \(mixed.errors)")
      }
      let apart = try Command.shell("$KODAMA evaluate --metrics peak a.wav - < a.wav", in: folder)
      #expect(apart.status == 0 && !apart.errors.contains("cancel"))
    }
  }

  @Test func aRecordingWithTooFewChannelsIsAnError() throws {
    try expectFailure(
      65, ["score", Fixture.model, Fixture.corpus, "--channel", "right"], mentions: ["channel 2", "it has 1"])
    try withTemporaryFolder { folder in
      try expectFailure(
        65,
        ["generate", Fixture.model, "-o", folder + "/out.wav", "--samples", "5", "--prime", Fixture.recording]
          + ["--channel", "2"], mentions: [Fixture.recording, "channel 2"])
      try expectFailure(64, ["score", Fixture.model, folder, "--channel", "0"], mentions: ["--channel"])
    }
  }

  @Test func silenceToGoOnFromIsNamed() throws {
    try withTemporaryFolder { folder in
      func generate(_ prime: String) throws -> Child.End {
        try Command.run(
          [
            "generate", Fixture.model, "-o", folder + "/out.wav", "--force", "--samples", "5", "--prime",
            folder + prime,
          ])
      }
      try write(WaveBytes(sampleRate: 8000, data: []).bytes, to: folder + "/none.wav")
      try expectFailure(65, try generate("/none.wav"), mentions: ["none.wav", "no samples"])
      try write(WaveBytes(sampleRate: 8000, data: [UInt8](repeating: 0, count: 4000)).bytes, to: folder + "/zero.wav")
      let end = try generate("/zero.wav")
      #expect(end.status == 0 && end.errors.contains("digital silence"))
    }
  }

  @Test func quietRecordingsAreUsedWhereSilenceIsLower() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      for number in 0..<2 {
        let tone = (0..<4000).map { Float(0.0009 * sin(Double($0) * (0.2 + 0.05 * Double(number)))) }
        try write([], to: corpus + "/\(number).wav")
        try AudioWriter.write(
          Waveform(tone, sampleRate: 8000), to: corpus + "/\(number).wav", encoding: AudioEncoding(.wav, .pcm24),
          existing: .replace)
      }
      try expectFailure(
        65, ["train", corpus, "-o", folder + "/run", "--steps", "1"] + Fixture.training,
        mentions: ["-60.9 dB", "below -60.0 dB", "-91.0 dB"])
      try? FileManager.default.removeItem(atPath: folder + "/run")
      try expectSuccess(
        ["train", corpus, "-o", folder + "/run", "--steps", "1", "--silence", "-91"] + Fixture.training)
      let inspected = try expectSuccess(["corpus", "inspect", corpus, "--silence", "-91", "--trim-silence", "-60"])
      #expect(inspected.text.contains("below -60.0 dB: 0.00 s of 0 files; 2 files hold nothing louder"))
    }
  }

  @Test func whatIsOverFullScaleAndWhatIsNotReadAreNamedWhereTrainingStarts() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      try Fixture.writeSound(corpus + "/a.wav", seconds: 0.2)
      try Fixture.writeSound(corpus + "/b.wav", seconds: 0.2)
      try write(
        WaveBytes(format: 3, sampleRate: 8000, bits: 32, data: WaveBytes.floats((0..<2000).map { Float($0 % 5000) }))
          .bytes, to: corpus + "/loud.wav")
      try write("\0\0\0 ftypM4A ".utf8, to: corpus + "/talk.m4a")
      let trained = try expectSuccess(["train", corpus, "-o", folder + "/run", "--steps", "1"] + loud)
      for mention in ["1 file exceeds full scale, by 66.0 dB", "loud.wav", "1 unusable file left out", "talk.m4a"] {
        #expect(trained.errors.contains(mention), "\(trained.errors)")
      }
      #expect(try expectSuccess(["score", Fixture.model, corpus]).errors.contains("talk.m4a"))
      #expect(try expectSuccess(["evaluate", corpus, corpus]).errors.contains("talk.m4a"))
      for arguments in [["score", Fixture.model, corpus], ["evaluate", corpus, corpus]] {
        try expectFailure(65, arguments + ["--strict"], mentions: ["talk.m4a"])
      }
    }
  }

  @Test func namesAndArgumentsThatAreNotUTF8AreRefused() throws {
    try withTemporaryFolder { folder in
      try Fixture.writeSound(folder + "/corpus/a.wav", seconds: 0.2)
      let copied = try Command.shell("cp corpus/a.wav $'corpus/caf\\xe9.wav'", in: folder)
      try #require(copied.status == 0, "this file system takes UTF-8 alone")
      let inspected = try expectSuccess(["corpus", "inspect", folder + "/corpus"])
      #expect(inspected.text.contains("caf\\xE9.wav: the name is not UTF-8"))
      try expectFailure(65, ["corpus", "inspect", folder + "/corpus", "--strict"], mentions: ["caf\\xE9.wav"])
      let compared = try expectSuccess(["evaluate", folder + "/corpus/*.wav", folder + "/corpus/*.wav"])
      #expect(compared.errors.contains("caf\\xE9.wav"))
      for line in [
        "$KODAMA spectrogram $'corpus/caf\\xe9.wav' -o out.png", "$KODAMA spectrogram corpus/a.wav -o $'out\\xe9.png'",
        "$KODAMA corpus inspect corpus --labels=$'\\xff.csv'",
      ] { try expectFailure(64, try Command.shell(line, in: folder), mentions: ["\\x", "not UTF-8"]) }
      #expect(try names(in: folder) == ["corpus"])
    }
  }

  @Test func listsOfSpreadsheetsAreRead() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b"] { try Fixture.writeSound(folder + "/corpus/\(name).wav", seconds: 0.2) }
      let list = folder + "/labels.csv"
      func inspect() throws -> Child.End {
        try Command.run(["corpus", "inspect", folder + "/corpus", "--labels", list])
      }
      let text = "path;speaker\r\na.wav;André\r\nb.wav;Zoë\r\n"
      try write([0xFF, 0xFE] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }, to: list)
      #expect(try inspect().text.contains("speaker=André: 1 file"))
      try write(text.unicodeScalars.map { UInt8($0.value) }, to: list)
      try expectFailure(65, try inspect(), mentions: [list + ", line 2", "byte 25", "\\xE9"])
      try write("path,speaker\na.wav,x\n,\nb.wav,y\n".utf8, to: list)
      try expectFailure(65, try inspect(), mentions: [list + ", line 3", "empty"])
    }
  }
}
