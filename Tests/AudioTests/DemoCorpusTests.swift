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

  @Test func theSameSeedMakesTheSameBytesWhateverTheThreads() throws {
    let (first, second, other) = (try Scratch(), try Scratch(), try Scratch())
    try DemoCorpus(minutes: 0.4, seed: 5).write(to: first.path, existing: .refuse, workers: .serial)
    try DemoCorpus(minutes: 0.4, seed: 5).write(to: second.path, existing: .refuse, workers: Workers(threads: 3))
    try DemoCorpus(minutes: 0.4, seed: 6).write(to: other.path, existing: .refuse)
    #expect(try bytes(first).keys.sorted() == ["bass/000.wav", "harp/000.wav", "koto/000.wav"])
    #expect(try bytes(first) == bytes(second))
    #expect(try bytes(first) != bytes(other))
  }

  @Test func theCorpusIsAsLongAndLoudAsPromised() throws {
    let scratch = try Scratch()
    try DemoCorpus(minutes: 1, seed: 1).write(to: scratch.path, existing: .refuse)
    let index = try CorpusIndex.scan(scratch.path, strict: true)
    let report = CorpusReport(index)
    #expect(report.files == 8)
    #expect(report.seconds == 60)
    #expect(report.modelSampleRate == 16_000)
    #expect(report.clippedSamples == 0 && report.silenceShare < 0.01)
    #expect(report.labels.map(\.value) == ["label=bass", "label=harp", "label=koto"])
    for entry in index.entries { #expect(abs(entry.peak - 0.7) < 0.001) }
  }

  @Test func itsCodesHaveAHighEntropyAndGoFromOneToTheNextInSmallSteps() {
    let corpus = DemoCorpus(minutes: 0.5, seed: 2)
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

  @Test(arguments: [82.41, 220, 440, 987.77]) func stringsAreInTune(hertz: Double) {
    var generator = Philox(seed: 3)
    let string = DemoInstrument.koto.string
    let tone = string.tone(hertz: hertz, velocity: 1, count: 16_000, sampleRate: 16_000, generator: &generator)
    // The phase of the fundamental over one second tells its frequency to a fraction of a cent.
    func phase(at start: Int) -> Double {
      let window = 4_000
      var (re, im) = (0.0, 0.0)
      for i in 0..<window {
        let weight = 0.5 - 0.5 * cos(2 * Double.pi * Double(i) / Double(window))
        let angle = 2 * Double.pi * hertz * Double(start + i) / 16_000
        re += weight * tone[start + i] * cos(angle)
        im -= weight * tone[start + i] * sin(angle)
      }
      return atan2(im, re)
    }
    let drift = remainder(phase(at: 8_000) - phase(at: 4_000), 2 * Double.pi)
    let cents = 1_200 * log2(1 + drift / (2 * Double.pi) * 4 / hertz)
    #expect(abs(cents) < 5, "\(cents) cents")
  }

  @Test func aFolderWithSomethingInItIsRefusedOrRenewed() throws {
    let scratch = try Scratch()
    try DemoCorpus(minutes: 0.9, seed: 1).write(to: scratch.path, existing: .refuse)
    try scratch.write([1], to: "koto/mine.txt")
    #expect(throws: FileFault.exists(path: scratch.path)) {
      try DemoCorpus(minutes: 0.1).write(to: scratch.path, existing: .refuse)
    }
    try DemoCorpus(minutes: 0.1).write(to: scratch.path, existing: .replace)
    #expect(try bytes(scratch).keys.sorted() == ["bass/000.wav", "harp/000.wav", "koto/000.wav"])
    #expect(scratch.names.contains("koto/mine.txt"))
    #expect { try DemoCorpus(minutes: 0.1).write(to: "/proc/none", existing: .refuse) } throws: {
      ($0 as? FileFault)?.exitStatus == .cannotCreate
    }
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
