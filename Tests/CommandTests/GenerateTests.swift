import Foundation
import Kodama
import TestSupport
import Testing

@testable import KodamaCommand

/// `kodama generate`, and 43 to 46 of the fault matrix.
@Suite struct GenerateTests {
  private func generate(_ path: String, _ options: [String]) -> [String] {
    ["generate", Fixture.model, "-o", path, "--quiet"] + options
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    try withTemporaryFolder { folder in
      func sound(_ name: String, _ options: [String]) throws -> [UInt8] {
        try expectSuccess(generate(folder + "/" + name, ["--samples", "2000"] + options))
        return try bytes(folder + "/" + name)
      }
      let first = try sound("a.wav", ["--seed", "5"])
      #expect(try sound("b.wav", ["--seed", "5", "--threads", "2"]) == first)
      #expect(try sound("c.wav", ["--seed", "6"]) != first)
      let piped = try expectSuccess(generate("-", ["--samples", "2000", "--seed", "5", "--raw"]))
      #expect(piped.output == first.suffix(4000) && piped.errors.isEmpty)
    }
  }

  @Test func streamsAreNumberedAndTheirSoundIsTheirOwn() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(generate(folder + "/out.wav", ["--samples", "500", "--streams", "3"]))
      #expect(try names(in: folder) == ["out-1.wav", "out-2.wav", "out-3.wav"])
      try expectSuccess(generate(folder + "/one.wav", ["--samples", "500"]))
      let first = try bytes(folder + "/out-1.wav")
      #expect(try bytes(folder + "/one.wav") == first)
      #expect(try bytes(folder + "/out-2.wav") != first)
    }
  }

  @Test func temperatureZeroTakesTheLikeliest() throws {
    try withTemporaryFolder { folder in
      func sound(_ name: String, _ options: [String]) throws -> [UInt8] {
        try expectSuccess(generate(folder + "/" + name, ["--samples", "300", "--temperature", "0"] + options))
        return try bytes(folder + "/" + name)
      }
      let (first, second) = (try sound("a.wav", ["--seed", "1"]), try sound("b.wav", ["--seed", "2"]))
      #expect(first == second)
    }
  }

  @Test func topKOverTheClassesTakesAllOfThem() throws {
    try withTemporaryFolder { folder in
      try expectSuccess(generate(folder + "/a.wav", ["--samples", "300"]))
      try expectSuccess(generate(folder + "/b.wav", ["--samples", "300", "--top-k", "100000"]))
      #expect(try bytes(folder + "/a.wav") == bytes(folder + "/b.wav"))
    }
  }

  @Test(arguments: [
    ["--temperature", "-1"], ["--temperature=-1"], ["--temperature", "nan"], ["--temperature", "inf"],
    ["--temperature", "warm"], ["--top-k", "0"], ["--top-k", "-3"], ["--top-p", "0"], ["--top-p", "1.5"],
    ["--top-p", "nan"], ["--seconds", "-1"], ["--seconds", "nan"], ["--seconds", "1e12"], ["--samples", "-1"],
    ["--seconds", "1", "--samples", "1"], ["--streams", "0"], ["--streams", "5000"], ["--threads", "0"],
    ["--format", "pcm8"], ["--raw"], ["--seed", "-1"], ["--weights", "best"],
  ]) func anOptionThatMakesNoSenseIsNamed(options: [String]) throws {
    try withTemporaryFolder { folder in
      let name = options[0].split(separator: "=")[0].drop { $0 == "-" }
      // The library speaks of the temperature, the command line of --temperature.
      try expectFailure(64, generate(folder + "/out.wav", options), mentions: [String(name)])
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test(arguments: ["wav", "flac", "raw"]) func noSamplesMakeAValidEmptyFile(type: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/none." + type
      try expectSuccess(generate(path, ["--samples", "0"]))
      if type == "raw" {
        #expect(try bytes(path).isEmpty)
      } else {
        let wave = try AudioFile.read(path)
        #expect(wave.frames == 0 && wave.sampleRate == Fixture.sampleRate)
      }
      try expectSuccess(generate(folder + "/other." + type, ["--seconds", "0"]))
    }
  }

  @Test func noSamplesIntoAPipeAreAHeader() throws {
    let end = try expectSuccess(generate("-", ["--samples", "0"]))
    #expect(end.output.count == 44 && end.output.starts(with: Array("RIFF".utf8)))
  }

  /// Lengths over 4 GiB are held by the tests of the writer.
  @Test func thePipesHeaderHasTheExactSizes() throws {
    let end = try expectSuccess(generate("-", ["--samples", "10"]))
    #expect(end.output.count == 64)
    #expect(Array(end.output[4..<8]) == [56, 0, 0, 0] && Array(end.output[40..<44]) == [20, 0, 0, 0])
  }

  @Test func soundIsNotWrittenToATerminal() throws {
    guard let python = Python(importing: "pty") else { return }
    let program = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    for options in [[], ["--raw"]] {
      let end = try python.run(["-c", program, Command.executable] + generate("-", ["--samples", "10"] + options))
      #expect(end.status == 64)
      #expect(end.text.contains("pipe it to a player") && !end.text.contains("RIFF"), "\(end.text)")
    }
  }

  @Test(arguments: ["ogg", "oga", "opus", "mp3", "flac"]) func compressedFilesHoldTheSameSound(type: String) throws {
    try withTemporaryFolder { folder in
      try expectSuccess(generate(folder + "/out.wav", ["--samples", "8000"]))
      try expectSuccess(generate(folder + "/out." + type, ["--samples", "8000"]))
      let (plain, coded) = (try AudioFile.read(folder + "/out.wav"), try AudioFile.read(folder + "/out." + type))
      #expect(coded.sampleRate == plain.sampleRate && coded.frames == plain.frames)
    }
  }

  @Test func formatsThatCannotHoldTheSoundAreRefusedBeforeTheWork() throws {
    try withTemporaryFolder { folder in
      for (name, options, mention) in [
        ("a.ogg", ["--format", "float32"], "Ogg Vorbis has no float32 samples"),
        ("a.opus", ["--format", "pcm24"], "Opus has no pcm24 samples"),
        ("a.mp3", ["--format", "pcm24"], "MP3 has no pcm24 samples"),
        ("a.flac", ["--format", "float32"], "FLAC holds integers"),
        ("a.m4a", [], "end the name in .wav, .flac, .ogg, .opus, .mp3 or .raw"),
      ] {
        try expectFailure(
          64, generate(folder + "/" + name, ["--seconds", "86400"] + options), mentions: [folder + "/" + name, mention])
      }
      let model = try WaveNetModel.load(Fixture.model)
      try WaveNetModel(sampleRate: 11_000, configuration: model.configuration, parameters: model.parameters)
        .save(to: folder + "/odd")
      for type in ["opus", "mp3"] {
        try expectFailure(
          64, ["generate", folder + "/odd", "-o", folder + "/out." + type, "--seconds", "86400"],
          mentions: ["out." + type, "8,000", "48,000 Hz only, not 11,000 Hz", ".ogg"])
      }
      #expect(try names(in: folder) == ["odd"])
    }
  }

  @Test func anExistingOutputIsKeptUnlessForced() throws {
    try withTemporaryFolder { folder in
      for path in [folder + "/out.wav", folder + "/out-2.wav"] { try write("kept".utf8, to: path) }
      try expectFailure(73, generate(folder + "/out.wav", []), mentions: [folder + "/out.wav", "--force"])
      try expectFailure(
        73, generate(folder + "/out.wav", ["--streams", "2"]), mentions: [folder + "/out-2.wav", "--force"])
      #expect(try bytes(folder + "/out.wav") == Array("kept".utf8))
      #expect(try names(in: folder) == ["out-2.wav", "out.wav"])
      try expectSuccess(generate(folder + "/out.wav", ["--samples", "10", "--force"]))
      #expect(try AudioFile.read(folder + "/out.wav").frames == 10)
    }
  }

  @Test func anOutputThatCannotBeMadeIsRefusedBeforeWork() throws {
    try withTemporaryFolder { folder in
      try write("a file".utf8, to: folder + "/file")
      // The last is read-only for everybody, root included. A day of sound would take hours.
      for path in [folder + "/none/out.wav", folder + "/file/out.wav", "/proc/out.wav"] {
        try expectFailure(73, generate(path, ["--seconds", "86400"]), mentions: [path])
      }
      try FileManager.default.createDirectory(atPath: folder + "/folder.wav", withIntermediateDirectories: false)
      try expectFailure(
        73, generate(folder + "/folder.wav", ["--seconds", "86400", "--force"]), mentions: [folder + "/folder.wav"])
      for path in [folder + "/out.xyz", folder + "/out"] {
        try expectFailure(64, generate(path, ["--seconds", "86400"]), mentions: [path + ": ", ".wav"])
      }
      #expect(try names(in: folder) == ["file", "folder.wav"])
    }
  }

  @Test func aFullDiskIsAnErrorAndThePartialFileGoes() throws {
    try withTemporaryFolder { folder in
      try write("kept".utf8, to: folder + "/old.wav")
      for name in ["new.wav", "new.flac", "new.ogg", "new.opus", "new.mp3", "new.raw", "old.wav --force"] {
        let end = try Command.shell(
          "ulimit -f 4; $KODAMA generate '\(Fixture.model)' --seconds 5 --quiet -o \(name)", in: folder)
        try expectFailure(74, end, mentions: [String(name.split(separator: " ")[0]), "writing failed"])
      }
      #expect(try names(in: folder) == ["old.wav"])
      #expect(try bytes(folder + "/old.wav") == Array("kept".utf8))
    }
  }

  @Test func aFullDeviceIsAnError() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(atPath: folder + "/full.wav", withDestinationPath: "/dev/full")
      try expectFailure(74, generate(folder + "/full.wav", ["--force"]), mentions: [folder + "/full.wav"])
      for line in ["generate '\(Fixture.model)' -q -o -", "inspect '\(Fixture.model)'", "evaluate --list"] {
        let quiet = line.replacingOccurrences(of: "-q", with: "--quiet")
        try expectFailure(74, try Command.shell("$KODAMA \(quiet) > /dev/full"), mentions: ["standard output"])
      }
    }
  }

  @Test(arguments: ["generate MODEL --seconds 60 -o -", "generate MODEL --seconds 60 -o - --raw"])
  func aReaderThatGoesAwayEndsItQuietly(line: String) throws {
    let command = line.replacingOccurrences(of: "MODEL", with: "'\(Fixture.model)'")
    let end = try Command.shell("$KODAMA \(command) | head -c 100 | wc -c; exit ${PIPESTATUS[0]}")
    #expect(end.status == 141)
    #expect(end.errors.isEmpty, "\(end.errors)")
    #expect(end.text.contains("100"))
  }

  @Test func aReaderThatNeverWasEndsOtherCommandsQuietly() throws {
    for line in ["inspect '\(Fixture.model)'", "score '\(Fixture.model)' '\(Fixture.corpus)'", "evaluate --list"] {
      // The reader is gone before the command starts.
      let end = try Command.shell("exec 3> >(true); wait $!; $KODAMA \(line) >&3")
      #expect(end.status == 141, "\(line): \(end.errors)")
      #expect(end.errors.isEmpty, "\(line): \(end.errors)")
    }
  }

  @Test func closedStreamsAreNotMistakenForFiles() throws {
    try withTemporaryFolder { folder in
      try expectFailure(74, try Command.shell("$KODAMA inspect '\(Fixture.model)' >&-"), mentions: ["standard output"])
      let training = Fixture.training.filter { $0 != "--quiet" }.map { "'\($0)'" }.joined(separator: " ")
      let end = try Command.shell(
        "$KODAMA train '\(Fixture.corpus)' -o run --steps 3 --log-every 1 \(training) <&- >&- 2>&-", in: folder)
      #expect(end.status == 0)
      let log = try String(contentsOfFile: folder + "/run/metrics.jsonl", encoding: .utf8)
      #expect(
        !log.isEmpty && log.split(separator: "\n").allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") }, "\(log)")
    }
  }

  @Test func outputsSideBySideHaveTheirNumberBeforeTheExtension() {
    let names = ["a.wav": "a-2.wav", "b/a": "b/a-2", "b.c/a": "b.c/a-2", ".wav": ".wav-2", "x/.wav": "x/.wav-2"]
    for (path, expected) in names { #expect(GenerateCommand.named(path, "2") == expected) }
    #expect(GenerateCommand.named("a.tar.flac", "11") == "a.tar-11.flac")
  }
}
