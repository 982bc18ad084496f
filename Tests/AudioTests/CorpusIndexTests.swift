import Foundation
import KodamaCore
import KodamaSignal
import TestSupport
import Testing

@testable import KodamaAudio

@Suite struct CorpusIndexTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func write(_ samples: [Float], to name: String, sampleRate: Int = 16_000) throws {
    try AudioWriter.write(Waveform(samples, sampleRate: sampleRate), to: scratch(name), existing: .replace)
  }

  /// Three good files, a bad one, and a text.
  private func fill() throws {
    try write(Samples.noise(4_000, seed: 1), to: "b/2.wav")
    try write(Samples.noise(3_000, seed: 2), to: "a/1.flac")
    try write(Samples.noise(5_000, seed: 3), to: "top.wav")
    try scratch.write(Array("nothing".utf8), to: "a/bad.wav")
    try scratch.write(Array("Notes on the recordings.".utf8), to: "README.txt")
    try scratch.write([], to: ".hidden.wav")
  }

  @Test func filesAreMeasuredInOrderOfTheirPaths() throws {
    try fill()
    let index = try CorpusIndex.scan(scratch.path)
    #expect(index.entries.map(\.path) == ["a/1.flac", "b/2.wav", "top.wav"])
    #expect(index.entries.map(\.frames) == [3_000, 4_000, 5_000])
    #expect(index.entries.map(\.labels) == [["label": "a"], ["label": "b"], [:]])
    #expect(index.failures.map(\.path) == ["a/bad.wav"])
    #expect(index.ignored == ["README.txt"])
    #expect(index.entries[0].bytes == (try Data(contentsOf: URL(fileURLWithPath: scratch("a/1.flac")))).count)
  }

  @Test func theIndexIsTheSameWhateverTheThreads() throws {
    try fill()
    let one = try CorpusIndex.scan(scratch.path, workers: .serial)
    for threads in [2, 5] { #expect(try CorpusIndex.scan(scratch.path, workers: Workers(threads: threads)) == one) }
  }

  @Test func strictnessMakesABadFileOrAWarningAnError() throws {
    try fill()
    #expect { try CorpusIndex.scan(scratch.path, strict: true) } throws: {
      guard case AudioFault.notAudio(let path, _) = $0 else { return false }
      return path == scratch.path + "/a/bad.wav" && ($0 as? AudioFault)?.exitStatus == .badData
    }
    try scratch.write(Array(WaveBytes().bytes.dropLast(100)), to: "a/bad.wav")
    #expect(try CorpusIndex.scan(scratch.path).entries[1].warnings.count == 1)
    #expect(
      throws: AudioFault.strict(
        path: scratch.path + "/a/bad.wav", warning: .truncated(claimedFrames: 1_000, presentFrames: 950))
    ) { try CorpusIndex.scan(scratch.path, strict: true) }
  }

  @Test func anEmptyOrMissingFolderHasNoInput() throws {
    #expect { try CorpusIndex.scan(scratch.path) } throws: { ($0 as? AudioFault)?.exitStatus == .noInput }
    try scratch.write(Array("text".utf8), to: "text.md")
    #expect(throws: AudioFault.noFiles(folder: scratch.path)) { try CorpusIndex.scan(scratch.path) }
    for path in [scratch.path + "/none", scratch.path + "/text.md"] {
      #expect { try CorpusIndex.scan(path) } throws: { ($0 as? FileFault)?.exitStatus == .noInput }
    }
  }

  @Test func aCorpusWithoutUsableAudioIsBadData() throws {
    try scratch.write([1, 2, 3], to: "bad.wav")
    let index = try CorpusIndex.scan(scratch.path)
    #expect { try Recordings(index) } throws: { ($0 as? AudioFault)?.exitStatus == .badData }
  }

  @Test func loopsOfLinksEndAndBrokenLinksAreReported() throws {
    try write(Samples.noise(100), to: "a/1.wav")
    let files = FileManager.default
    try files.createSymbolicLink(atPath: scratch("a/loop"), withDestinationPath: scratch.path)
    try files.createSymbolicLink(atPath: scratch("a/self"), withDestinationPath: "self")
    try files.createSymbolicLink(atPath: scratch("gone.wav"), withDestinationPath: "nowhere.wav")
    let index = try CorpusIndex.scan(scratch.path)
    #expect(index.entries.map(\.path) == ["a/1.wav"])
    #expect(index.failures.map(\.path) == ["a/self", "gone.wav"])
    #expect { try CorpusIndex.scan(scratch.path, strict: true) } throws: {
      ($0 as? FileFault)?.exitStatus == .noInput
    }
  }

  @Test func measuresAreAsDefined() throws {
    var samples = [Float](repeating: 0, count: 16_000)
    for t in 8_000..<12_000 { samples[t] = t % 2 == 0 ? 1 : -0.5 }
    try write(samples, to: "m.wav")
    let entry = try CorpusIndex.scan(scratch.path).entries[0]
    #expect(entry.peak * 32_768 == 32_767)
    #expect(entry.clippedSamples == 2_000)
    #expect(entry.silenceShare == 0.75 - 160.0 / 16_000)
    #expect(!entry.isSilent)
  }

  @Test func equalSoundHasEqualHashesWhateverTheFormat() throws {
    let noise = Samples.noise(2_000).map { ($0 * 32_768).rounded() / 32_768 }
    for name in ["a.wav", "b.flac"] { try write(noise, to: name) }
    try write(noise, to: "c.wav", sampleRate: 8_000)
    let report = CorpusReport(try CorpusIndex.scan(scratch.path))
    #expect(report.duplicates == [["a.wav", "b.flac"]])
  }

  @Test func namesThatLookAlikeAreTwoFiles() throws {
    for name in ["\u{E9}.wav", "e\u{301}.wav"] { try write(Samples.noise(100), to: name) }
    let index = try CorpusIndex.scan(scratch.path)
    try #require(index.entries.count == 2, "this file system takes the names for one")
    #expect(index.entries.map { Array($0.path.utf8.prefix(1)) } == [[0x65], [0xC3]])
    #expect(try CorpusIndex.scan(scratch.path, reusing: index) == index)
    #expect(index.changes(since: index).isEmpty)
    let path = scratch("index.json")
    try index.save(to: path)
    #expect(try CorpusIndex.load(path, folder: scratch.path) == index)
  }

  @Test func savedAndLoadedTheIndexIsTheSame() throws {
    try fill()
    let index = try CorpusIndex.scan(scratch.path)
    let path = scratch("index.json")
    try index.save(to: path)
    #expect(try CorpusIndex.load(path, folder: scratch.path) == index)
  }

  @Test func filesThatDidNotChangeAreNotReadAgain() throws {
    try fill()
    let index = try CorpusIndex.scan(scratch.path)
    // Other sound of the same size, and an index that believes to have seen it: only reading would tell.
    try write(Samples.noise(5_000, seed: 77), to: "top.wav")
    let time = try FileStatus(scratch("top.wav")).modificationTime
    let entries = index.entries.dropLast() + [index.entries[2].at("top.wav", modificationTime: time)]
    let seen = CorpusIndex(folder: scratch.path, entries: Array(entries), failures: [], ignored: [])
    #expect(try CorpusIndex.scan(scratch.path, reusing: seen).changes(since: index).isEmpty)
    #expect(try CorpusIndex.scan(scratch.path, reusing: index).changes(since: index).changed == ["top.wav"])
  }

  @Test func changesAreListed() throws {
    try fill()
    let before = try CorpusIndex.scan(scratch.path)
    #expect(try CorpusIndex.scan(scratch.path, reusing: before).changes(since: before).isEmpty)
    try write(Samples.noise(4_001, seed: 1), to: "b/2.wav")
    try write(Samples.noise(100), to: "new.wav")
    try FileManager.default.removeItem(atPath: scratch("top.wav"))
    let after = try CorpusIndex.scan(scratch.path, reusing: before)
    let changes = after.changes(since: before)
    #expect(changes == CorpusChanges(added: ["new.wav"], removed: ["top.wav"], changed: ["b/2.wav"]))
    #expect(after.fingerprint != before.fingerprint)
  }

  @Test func anIndexThatLeadsOutOrLiesIsRefused() throws {
    try fill()
    let path = scratch("index.json")
    try CorpusIndex.scan(scratch.path).save(to: path)
    let good = try String(contentsOfFile: path, encoding: .utf8)
    for (from, to) in [
      ("\"top.wav\"", "\"../top.wav\""), ("\"top.wav\"", "\"/top.wav\""), ("\"frames\":5000", "\"frames\":-5"),
      ("\"frames\":5000", "\"frames\":9000000000000000000"), ("\"sampleRate\":16000", "\"sampleRate\":0"),
      ("\"formatVersion\":2", "\"formatVersion\":3"),
      ("\"clippedSamples\":0", "\"clippedSamples\":6000"), ("\"bytes\":", "\"bytes\":-"),
      ("\"top.wav\"", "\"a/1.flac\""), ("}", ""),
    ] {
      try #require(good.contains(from))
      try good.replacingOccurrences(of: from, with: to).write(toFile: path, atomically: true, encoding: .utf8)
      #expect { try CorpusIndex.load(path, folder: scratch.path) } throws: {
        ($0 as? AudioFault)?.exitStatus == .badData
      }
    }
  }

  @Test func sumsThatNoIntegerHoldsAreRefused() throws {
    for number in 0..<3 { try write(Samples.noise(500), to: "\(number).wav") }
    let path = scratch("index.json")
    try CorpusIndex.scan(scratch.path).save(to: path)
    let good = try String(contentsOfFile: path, encoding: .utf8)
    let size = try FileStatus(scratch("0.wav")).bytes
    for (from, to) in [
      ("\"frames\":500", "\"frames\":\(1 << 43)"), ("\"frames\":500", "\"frames\":\(1 << 62)"),
      ("\"bytes\":\(size)", "\"bytes\":\(1 << 62)"),
    ] {
      try #require(good.contains(from))
      try good.replacingOccurrences(of: from, with: to).write(toFile: path, atomically: true, encoding: .utf8)
      #expect { try CorpusIndex.load(path, folder: scratch.path) } throws: {
        ($0 as? AudioFault)?.exitStatus == .badData
      }
    }
  }

  @Test func namesThatAreNotUTF8AreFaultsOfTheirFiles() throws {
    try write(Samples.noise(100), to: "top.wav")
    var bytes = Array((scratch.path + "/caf_.wav").utf8CString)
    bytes[bytes.count - 6] = CChar(bitPattern: 0xE9)
    try #require(link(scratch("top.wav"), bytes) == 0, "this file system takes UTF-8 alone")
    let index = try CorpusIndex.scan(scratch.path)
    let failure = try #require(index.failures.first { $0.path == "caf\\xE9.wav" })
    #expect(failure.reason.contains("not UTF-8"))
    #expect(throws: FileFault.nameNotUTF8(path: scratch.path + "/caf\\xE9.wav")) {
      try CorpusIndex.scan(scratch.path, strict: true)
    }
  }

  @Test(arguments: ["a.m4a", "video.MP4", "b.webm", "c.aac"]) func recordingsOfOtherKindsAreCounted(name: String) throws
  {
    try write(Samples.noise(100), to: "good.wav")
    try scratch.write(Array("\0\0\0 ftypM4A ".utf8) + [UInt8](repeating: 0, count: 100), to: name)
    try scratch.write(Array("notes".utf8), to: "notes.txt")
    let index = try CorpusIndex.scan(scratch.path)
    #expect(index.failures.map(\.path) == [name] && index.ignored == ["notes.txt"])
    #expect { try CorpusIndex.scan(scratch.path, strict: true) } throws: { "\($0)".contains(name) }
  }

  @Test(arguments: [([8_000], 8_000), ([16_000], 16_000), ([44_100], 16_000), ([8_000, 16_000], 16_000)])
  func theModelsRateIsTheCorpusOwnUpTo16kHz(rates: [Int], expected: Int) throws {
    for rate in rates { try write(Samples.noise(500), to: "\(rate).wav", sampleRate: rate) }
    #expect(try CorpusIndex.scan(scratch.path).modelSampleRate == expected)
  }

  @Test(.enabled(if: !isSanitized, "a sanitizer has memory of its own"))
  func indexingALongFileTakesBlocksOfMemory() async {
    // A process of its own: the peak of this one belongs to all tests.
    await #expect(processExitsWith: .success) {
      let scratch = try Scratch()
      let writer = try AudioWriter(path: scratch("long.wav"), sampleRate: 16_000, existing: .refuse)
      let second = Samples.noise(16_000)
      for _ in 0..<600 { try writer.write(second) }
      try writer.finish()
      let before = Memory.peakKilobytes
      let index = try CorpusIndex.scan(scratch.path)
      // All of it would take 37,500 KiB.
      try #require(index.entries[0].frames == 9_600_000)
      try #require(Memory.peakKilobytes - before < 8_000)
    }
  }

  @Test(.enabled(if: SharedCorpora.isPresent(SharedCorpora.spokenDigits), "the spoken digits are not on this machine"))
  func theSpokenDigitsAreIndexedWhole() throws {
    let index = try CorpusIndex.scan(SharedCorpora.spokenDigits)
    let report = CorpusReport(index)
    #expect(report.files == 1_800 && report.unusable.isEmpty)
    #expect(abs(report.seconds / 60 - 14.1) < 0.05)
    #expect(index.modelSampleRate == 8_000)
    #expect(Set(index.entries.compactMap { $0.labels["label"] }) == ["george", "jackson", "lucas", "nicolas"])
  }
}
