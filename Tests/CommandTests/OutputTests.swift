import Foundation
import Kodama
import TestSupport
import Testing

/// `kodama spectrogram` and `kodama corpus make`: outputs that exist, cannot be made or do not fit, 38, 39 and 50 of the
/// fault matrix.
@Suite struct OutputTests {
  @Test func aPictureIsDrawnOnceAndAgainOnRequest() throws {
    try withTemporaryFolder { folder in
      let (path, picture) = (folder + "/out.png", ["spectrogram", Fixture.recording, "-o", folder + "/out.png"])
      try write("kept".utf8, to: path)
      try expectFailure(73, picture, mentions: [path, "--force"])
      #expect(try bytes(path) == Array("kept".utf8))
      let end = try expectSuccess(picture + ["--force"])
      #expect(end.output.isEmpty && end.errors.isEmpty)
      #expect(try bytes(path).starts(with: [0x89] + Array("PNG".utf8)))
      #expect(try names(in: folder) == ["out.png"])
    }
  }

  @Test func anEmptyNameIsAUsageError() throws {
    for arguments in [
      ["train", Fixture.corpus], ["corpus", "make"], ["generate", Fixture.model], ["spectrogram", Fixture.recording],
      ["export", Fixture.model],
    ] { try expectFailure(64, arguments + ["-o", ""], mentions: ["--output", "the name is empty"]) }
  }

  @Test func aPictureThatCannotBeMadeIsRefused() throws {
    try withTemporaryFolder { folder in
      try write("a file".utf8, to: folder + "/file")
      for path in [folder + "/none/out.png", folder + "/file/out.png", "/proc/out.png"] {
        try expectFailure(73, ["spectrogram", Fixture.recording, "-o", path], mentions: [path])
      }
      let full = try Command.shell("ulimit -f 4; $KODAMA spectrogram '\(Fixture.recording)' -o out.png", in: folder)
      try expectFailure(74, full, mentions: ["out.png", "writing failed"])
      try expectFailure(
        74, ["spectrogram", Fixture.recording, "-o", "/dev/full", "--force"], mentions: ["/dev/full"])
      #expect(try names(in: folder) == ["file"])
    }
  }

  @Test(arguments: [
    ["--width", "1"], ["--width", "100000"], ["--height", "10"], ["--range", "5"], ["--range", "nan"],
    ["--scale", "bark"],
  ]) func aPictureThatCannotBeDrawnIsAUsageError(options: [String]) throws {
    try withTemporaryFolder { folder in
      let name = options[0].drop { $0 == "-" }
      try expectFailure(
        64, ["spectrogram", Fixture.recording, "-o", folder + "/out.png"] + options, mentions: [String(name)])
      #expect(try names(in: folder).isEmpty)
    }
  }

  private func make(_ path: String, _ options: [String] = []) -> [String] {
    ["corpus", "make", "-o", path, "--kind", "strings", "--minutes", "0.05"] + options
  }

  @Test func theDemoCorpusIsMadeOnceAndAgainOnRequest() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      let end = try expectSuccess(make(corpus))
      #expect(end.output.isEmpty && end.errors.contains("\(corpus): 3 files"))
      let files = try FileManager.default.subpathsOfDirectory(atPath: corpus).filter { $0.hasSuffix(".wav") }.sorted()
      #expect(files == ["bass/000.wav", "harp/000.wav", "koto/000.wav"])
      let first = try bytes(corpus + "/" + files[0])
      try expectFailure(73, make(corpus, ["--seed", "2"]), mentions: [corpus, "--force"])
      #expect(try bytes(corpus + "/" + files[0]) == first)
      try expectSuccess(make(corpus, ["--seed", "2", "--force"]))
      #expect(try bytes(corpus + "/" + files[0]) != first)
      try expectSuccess(make(folder + "/again", ["--threads", "1"]))
      #expect(try bytes(folder + "/again/" + files[0]) == first)
      let inspected = try expectSuccess(["corpus", "inspect", corpus])
      #expect(inspected.text.contains("harp") && inspected.errors.isEmpty)
    }
  }

  @Test func theDemoCorpusIsOfAFluteUnlessAnotherKindIsNamed() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      let end = try expectSuccess(["corpus", "make", "-o", corpus, "--minutes", "0.05"])
      #expect(end.errors.contains("\(corpus): 1 file, 0.1 minutes"))
      try expectSuccess(make(corpus, ["--force"]))
      let files = try FileManager.default.subpathsOfDirectory(atPath: corpus).filter { $0.hasSuffix(".wav") }.sorted()
      #expect(files == ["bass/000.wav", "harp/000.wav", "koto/000.wav"])
      try expectFailure(
        64, ["corpus", "make", "-o", folder + "/other", "--kind", "organ"], mentions: ["organ", "flute", "strings"])
      #expect(try names(in: folder) == ["corpus"])
    }
  }

  @Test func anAmplifierPairIsTwoFilesThatAreNotReplacedUnasked() throws {
    try withTemporaryFolder { folder in
      let arguments = ["corpus", "make", "-o", folder + "/pair", "--kind", "amplifier-pair", "--minutes", "0.25"]
      let end = try expectSuccess(arguments)
      #expect(end.output.isEmpty && end.errors.contains("/pair: 2 files"))
      #expect(try names(in: folder + "/pair") == ["dry.wav", "wet.wav"])
      try expectFailure(73, arguments, mentions: ["dry.wav", "--force"])
      try expectSuccess(arguments + ["--force"])
      try expectFailure(64, Array(arguments.dropLast()) + ["0.1"], mentions: ["--minutes", "0.25"])
    }
  }

  @Test(arguments: ["0", "-1", "0.01", "nan", "1e9", "many"]) func aLengthThatCannotBeMadeIsAUsageError(minutes: String)
    throws
  {
    try withTemporaryFolder { folder in
      try expectFailure(
        64, ["corpus", "make", "-o", folder + "/corpus", "--minutes", minutes], mentions: ["--minutes"])
      #expect(try names(in: folder).isEmpty)
    }
  }

  @Test func aCorpusThatCannotBeMadeIsRefused() throws {
    try withTemporaryFolder { folder in
      try write("a file".utf8, to: folder + "/file")
      for path in [folder + "/file/corpus", "/proc/corpus"] { try expectFailure(73, make(path), mentions: [path]) }
      for options in [[], ["--force"]] {
        try expectFailure(73, make(folder + "/file", options), mentions: [folder + "/file"])
      }
      #expect(try bytes(folder + "/file") == Array("a file".utf8))
      let full = try Command.shell("ulimit -f 4; $KODAMA corpus make -o corpus --minutes 0.05", in: folder)
      try expectFailure(74, full, mentions: ["corpus/", "writing failed"])
      let left = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
      #expect(!left.contains { TemporaryName.matches(PathText.name($0)) || $0.hasSuffix(".wav") }, "\(left)")
    }
  }
}
