import Foundation
import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaAudio

@Suite struct DemoCorpusTests {
  private func bytes(_ scratch: Scratch) throws -> [String: Data] {
    var bytes: [String: Data] = [:]
    for name in scratch.names where name.hasSuffix(".wav") {
      bytes[name] = try Data(contentsOf: URL(fileURLWithPath: scratch(name)))
    }
    return bytes
  }

  @Test(arguments: DemoCorpus.Kind.allCases) func theSameSeedMakesTheSameBytesWhateverTheThreads(kind: DemoCorpus.Kind)
    throws
  {
    let (first, second, other) = (try Scratch(), try Scratch(), try Scratch())
    try DemoCorpus(kind, minutes: 0.4, seed: 5).write(to: first.path, existing: .refuse, workers: .serial)
    try DemoCorpus(kind, minutes: 0.4, seed: 5).write(to: second.path, existing: .refuse, workers: Workers(threads: 3))
    try DemoCorpus(kind, minutes: 0.4, seed: 6).write(to: other.path, existing: .refuse)
    #expect(
      try bytes(first).keys.sorted()
        == (kind == .flute
          ? ["flute/000.wav", "flute/001.wav", "flute/002.wav"] : ["bass/000.wav", "harp/000.wav", "koto/000.wav"]))
    #expect(try bytes(first) == bytes(second))
    #expect(try bytes(first) != bytes(other))
  }

  @Test(arguments: DemoCorpus.Kind.allCases) func theCorpusIsAsLongAndLoudAsPromised(kind: DemoCorpus.Kind) throws {
    let scratch = try Scratch()
    try DemoCorpus(kind, minutes: 1, seed: 1).write(to: scratch.path, existing: .refuse)
    let index = try CorpusIndex.scan(scratch.path, strict: true)
    let report = CorpusReport(index)
    #expect(report.files == 8)
    #expect(report.seconds == 60)
    #expect(report.modelSampleRate == 16_000)
    #expect(report.clippedSamples == 0 && report.silenceShare < 0.05)
    #expect(
      report.labels.map(\.value) == (kind == .flute ? ["label=flute"] : ["label=bass", "label=harp", "label=koto"]))
    for entry in index.entries { #expect(abs(entry.peak - 0.7) < 0.001) }
  }

  @Test func itsCodesHaveAHighEntropyAndGoFromOneToTheNextInSmallSteps() {
    let corpus = DemoCorpus(.strings, minutes: 0.5, seed: 2)
    let law = MuLaw()
    var counts = [Double](repeating: 0, count: 256)
    var pairs = [Double](repeating: 0, count: 65_536)
    for file in 0..<corpus.fileCount {
      let codes = law.encode(corpus.waveform(of: file).mono)
      for code in codes { counts[Int(code)] += 1 }
      for (a, b) in zip(codes, codes.dropFirst()) { pairs[Int(a) * 256 + Int(b)] += 1 }
    }
    let orderZero = entropy(counts)
    #expect(orderZero > 6.5)
    #expect(entropy(pairs) - orderZero < 0.75 * orderZero)
  }

  @Test func stringsSoundAsTheyAlwaysDid() {
    let corpus = DemoCorpus(.strings, minutes: 1, seed: 7)
    let codes: (Int, Int) -> [Int] = { file, start in
      corpus.waveform(of: file).mono[start..<start + 6].map { Int(($0 * 32_768).rounded()) }
    }
    for (file, start, expected) in [
      (0, 40_000, [2405, 2309, 2171, 2012, 1845, 1673]), (1, 100_000, [-1788, -1735, -1541, -1187, -656, 56]),
      (2, 100_000, [4364, 4036, 3650, 3300, 3043, 2905]),
    ] {
      let actual = codes(file, start)
      // A mathematics library may round another way, by which a sample may come out one step apart.
      #expect(actual.count == expected.count && zip(actual, expected).allSatisfy { abs($0 - $1) <= 1 }, "\(actual)")
    }
  }

  @Test func aFolderWithSomethingInItIsRefusedOrRenewed() throws {
    let scratch = try Scratch()
    try DemoCorpus(.strings, minutes: 0.9, seed: 1).write(to: scratch.path, existing: .refuse)
    try scratch.write([1], to: "koto/mine.txt")
    #expect(throws: FileFault.exists(path: scratch.path)) {
      try DemoCorpus(.strings, minutes: 0.1).write(to: scratch.path, existing: .refuse)
    }
    try DemoCorpus(.strings, minutes: 0.1).write(to: scratch.path, existing: .replace)
    #expect(try bytes(scratch).keys.sorted() == ["bass/000.wav", "harp/000.wav", "koto/000.wav"])
    #expect(scratch.names.contains("koto/mine.txt"))
    #expect { try DemoCorpus(minutes: 0.1).write(to: "/proc/none", existing: .refuse) } throws: {
      ($0 as? FileFault)?.exitStatus == .cannotCreate
    }
  }

  @Test func aCorpusOfAnotherKindIsReplacedWhole() throws {
    let scratch = try Scratch()
    try DemoCorpus(.strings, minutes: 0.1).write(to: scratch.path, existing: .refuse)
    try scratch.write([1], to: "koto/mine.txt")
    try DemoCorpus(.flute, minutes: 0.1).write(to: scratch.path, existing: .replace)
    #expect(try bytes(scratch).keys.sorted() == ["flute/000.wav"])
    #expect(scratch.names.contains("koto/mine.txt"))
    #expect(!scratch.names.contains("harp") && !scratch.names.contains("bass"))
  }

  @Test func whatALinkLeadsToIsLeftAlone() throws {
    let (scratch, elsewhere) = (try Scratch(), try Scratch())
    try DemoCorpus(minutes: 0.1).write(to: scratch.path, existing: .refuse)
    try elsewhere.write([1], to: "000.wav")
    try FileManager.default.createSymbolicLink(atPath: scratch("koto"), withDestinationPath: elsewhere.path)
    #expect(throws: FileFault.exists(path: scratch("koto"))) {
      try DemoCorpus(minutes: 0.1).write(to: scratch.path, existing: .replace)
    }
    #expect(elsewhere.names == ["000.wav"])
  }

  @Test func aFolderThatIsNoDemoCorpusIsNeverReplaced() throws {
    let scratch = try Scratch()
    try scratch.write([1], to: "koto/000.wav")
    #expect(throws: FileFault.exists(path: scratch.path)) {
      try DemoCorpus(minutes: 0.1).write(to: scratch.path, existing: .replace)
    }
    #expect(scratch.names == ["koto", "koto/000.wav"])
  }

  /// In bits.
  private func entropy(_ counts: [Double]) -> Double {
    let total = counts.reduce(0, +)
    return -counts.filter { $0 > 0 }.reduce(0) { $0 + $1 / total * log2($1 / total) }
  }
}
