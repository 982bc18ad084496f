import Foundation
import TestSupport
import Testing

/// Sound files that are damaged or odd, 1 to 19 of the fault matrix: refused where they are named alone, skipped and
/// counted in a corpus, an error there on request.
@Suite struct SoundFaultTests {
  /// A file that cannot be used, and the field that the message names.
  struct Bad: Sendable, CustomTestStringConvertible {
    let name: String
    let field: String
    let bytes: [UInt8]

    init(_ name: String, _ field: String, _ bytes: [UInt8]) {
      self.name = name + ".wav"
      self.field = field
      self.bytes = bytes
    }

    var testDescription: String { name }
  }

  /// A file that is used, and what the warning says.
  struct Odd: Sendable, CustomTestStringConvertible {
    let name: String
    let warning: String
    let bytes: [UInt8]

    var testDescription: String { name }
  }

  private static let wave = WaveBytes()

  static let bad: [Bad] = [
    Bad("empty", "the file is empty", []),
    Bad("riff-alone", "header", Array("RIFF".utf8)),
    Bad("header-alone", "fmt chunk", WaveBytes.riff([])),
    Bad("header-cut", "fmt", Array(wave.bytes.prefix(20))),
    Bad("no-data", "data chunk", WaveBytes.riff(wave.formatChunk)),
    Bad("channels-0", "channels", WaveBytes(channels: 0).bytes),
    Bad("channels-65535", "channels", WaveBytes(channels: 65_535).bytes),
    Bad("rate-0", "sample rate", WaveBytes(sampleRate: 0).bytes),
    Bad("rate-4e9", "sample rate", WaveBytes(sampleRate: 4_000_000_000).bytes),
    Bad("bits-17", "bits per sample", WaveBytes(bits: 17).bytes),
    Bad(
      "list-4gb", "chunk LIST",
      WaveBytes(chunkBeforeData: Array("LIST".utf8) + WaveBytes.integer(0xFFFF_FFF0, 4)).bytes),
    Bad("data-first", "data chunk", WaveBytes.riff(wave.dataChunk + wave.formatChunk)),
    Bad(
      "nan", "sample 1 of channel 0", WaveBytes(format: 3, bits: 32, data: WaveBytes.floats([0.5, .nan, 0.5])).bytes),
    Bad(
      "infinity", "sample 2 of channel 0",
      WaveBytes(format: 3, bits: 32, data: WaveBytes.floats([0.5, 0, .infinity])).bytes),
    Bad("page", "not a sound file", Array("<!DOCTYPE html><html><body>404 Not Found</body></html>".utf8)),
  ]

  static let odd: [Odd] = [
    Odd(name: "cut.wav", warning: "cut short: 1000 samples claimed, 750 present", bytes: wave.bytes.dropLast(500)),
    Odd(
      name: "claims-2gb.wav", warning: "cut short: 1000000000 samples claimed, 16000 present",
      bytes: WaveBytes(claimedDataBytes: 2_000_000_000, data: WaveBytes.ramp(16_000)).bytes),
    Odd(
      name: "unfinished.wav", warning: "the 2000 bytes that follow are used as audio",
      bytes: WaveBytes(claimedRIFFBytes: 8, claimedDataBytes: 0).bytes),
    Odd(
      name: "stale.wav", warning: "1500 bytes of an unknown kind follow the audio",
      bytes: WaveBytes(claimedDataBytes: 500).bytes),
    Odd(
      name: "mixed.wav", warning: "1 of its 2 joined streams not used: 8000 Hz",
      bytes: wave.bytes + WaveBytes(sampleRate: 8_000).bytes),
    Odd(name: "mp3.wav", warning: "taken by content", bytes: mp3),
    Odd(name: "half.mp3", warning: "cut short", bytes: Array(mp3.prefix(mp3.count / 2))),
  ]

  private static let mp3: [UInt8] = {
    do { return try MP3Bytes.sine(seconds: 1) } catch { fatalError("no MP3 could be made: \(error)") }
  }()

  @Test(arguments: bad) func aBadFileNamedAloneIsRefused(file: Bad) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + file.name
      try write(file.bytes, to: path)
      for arguments in [
        ["spectrogram", path, "-o", folder + "/out.png"], ["evaluate", Fixture.recording, path],
        ["generate", Fixture.model, "-o", folder + "/out.wav", "--prime", path],
      ] { try expectFailure(65, arguments, mentions: [path, file.field]) }
      #expect(try names(in: folder) == [file.name])
    }
  }

  @Test func badFilesOfACorpusAreSkippedAndCounted() throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      for file in Self.bad { try write(file.bytes, to: corpus + "/" + file.name) }
      for number in 0..<2 { try Fixture.writeSound(corpus + "/good\(number).wav", seconds: 0.2, seed: UInt64(number)) }

      struct Report: Decodable {
        struct Failure: Decodable { let path, reason: String }
        let files: Int
        let unusable: [Failure]
      }
      let inspected = try expectSuccess(["corpus", "inspect", corpus, "--json"])
      let report = try JSONDecoder().decode(Report.self, from: Data(inspected.output))
      #expect(report.files == 2)
      #expect(report.unusable.map(\.path) == Self.bad.map(\.name).sorted())
      for file in Self.bad {
        #expect(report.unusable.first { $0.path == file.name }?.reason.contains(file.field) == true, "\(file.name)")
      }
      #expect(try expectSuccess(["corpus", "inspect", corpus]).text.contains("\(Self.bad.count)"))

      let unusable = "\(Self.bad.count) unusable files left out"
      let loud = Fixture.training.filter { $0 != "--quiet" }
      let trained = try expectSuccess(["train", corpus, "-o", folder + "/run", "--steps", "1"] + loud)
      #expect(trained.errors.contains(unusable))
      let scored = try expectSuccess(["score", Fixture.model, corpus])
      #expect(scored.errors.contains(unusable))
      let compared = try expectSuccess(["evaluate", corpus, corpus])
      #expect(compared.errors.contains("page.wav"))
    }
  }

  @Test(arguments: bad) func aBadFileOfACorpusIsAnErrorOnRequest(file: Bad) throws {
    try withTemporaryFolder { folder in
      let corpus = folder + "/corpus"
      try write(file.bytes, to: corpus + "/" + file.name)
      try Fixture.writeSound(corpus + "/good.wav", seconds: 0.2)
      let mentions = [file.name, file.field]
      try expectFailure(65, ["corpus", "inspect", corpus, "--strict"], mentions: mentions)
      try expectFailure(65, ["score", Fixture.model, corpus, "--strict"], mentions: mentions)
      try expectFailure(65, ["evaluate", corpus, corpus, "--strict"], mentions: mentions)
      try expectFailure(
        65, ["train", corpus, "-o", folder + "/run", "--strict"] + Fixture.training, mentions: mentions)
    }
  }

  @Test(arguments: odd) func anOddFileIsUsedWithAWarning(file: Odd) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/corpus/" + file.name
      try write(file.bytes, to: path)
      let drawn = try expectSuccess(["spectrogram", path, "-o", folder + "/out.png"])
      #expect(drawn.errors.contains(path) && drawn.errors.contains(file.warning), "\(drawn.errors)")
      let scored = try expectSuccess(["score", Fixture.model, folder + "/corpus"])
      #expect(scored.errors.contains("1 file with faults") && scored.errors.contains(file.warning))
      try expectFailure(
        65, ["corpus", "inspect", folder + "/corpus", "--strict"], mentions: [file.name, file.warning])
    }
  }

  @Test func anOpenSizeIsReadToTheEnd() throws {
    try withTemporaryFolder { folder in
      try write(WaveBytes(claimedDataBytes: 0xFFFF_FFFF).bytes, to: folder + "/open.wav")
      try write(WaveBytes().bytes, to: folder + "/whole.wav")
      let end = try expectSuccess(["evaluate", folder + "/open.wav", folder + "/whole.wav", "--quiet"])
      #expect(end.errors.isEmpty)
    }
  }
}
