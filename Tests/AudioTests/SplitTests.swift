import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaAudio

@Suite struct SplitTests {
  /// An index of files that exist only by name.
  private func index(_ paths: [String], labels: (String) -> [String: String] = { _ in [:] }) throws -> CorpusIndex {
    let scratch = try Scratch()
    try AudioWriter.write(Waveform([0.5], sampleRate: 16_000), to: scratch("a.wav"), existing: .refuse)
    let entry = try CorpusIndex.scan(scratch.path).entries[0]
    let entries = paths.sorted().map { path in
      var entry = entry.at(path)
      entry.labels = labels(path)
      return entry
    }
    return CorpusIndex(folder: "corpus", entries: entries, failures: [], ignored: [])
  }

  /// An index of files of some seconds each, named by their numbers.
  private func index(seconds: [Double]) throws -> CorpusIndex {
    let scratch = try Scratch()
    for (number, seconds) in seconds.enumerated() {
      let wave = Waveform([Float](repeating: 0.5, count: Int(seconds * 1000)), sampleRate: 1000)
      try AudioWriter.write(wave, to: scratch("\(number).wav"), existing: .refuse)
    }
    return try CorpusIndex.scan(scratch.path)
  }

  @Test func aTenthIsKeptBackAndNothingLost() throws {
    let index = try index((0..<2_000).map { "clip-\($0).wav" })
    let split = Split(index)
    #expect(split.validation.entries.count == 200)
    let both = split.training.entries.map(\.path) + split.validation.entries.map(\.path)
    #expect(both.sorted() == index.entries.map(\.path))
  }

  @Test func aTenthIsThatOfTheDuration() throws {
    // Short files whose lengths differ tenfold: whole files, and their duration counts.
    let many: [Double] = (0..<200).map { 0.1 + 0.09 * Double($0 % 10) }
    let few: [Double] = (0..<40).map { 0.2 + Double($0 % 7) }
    for lengths in [many, few] {
      let index = try index(seconds: lengths)
      let split = Split(index)
      #expect(split.training.entries.count + split.validation.entries.count == index.entries.count)
      #expect(abs(split.validation.seconds / index.seconds - 0.1) < 0.02)
      #expect(abs(split.training.seconds + split.validation.seconds - index.seconds) < 1e-6)
    }
  }

  @Test(arguments: [10.0, 20, 33, 50]) func longFilesAreDivided(percent: Double) throws {
    let index = try index(seconds: [30, 16, 60, 40, 20, 5, 45, 20])
    let split = Split(index, validationPercent: percent)
    // The larger the share, the fewer files are long beside it.
    #expect(abs(split.validation.seconds / index.seconds - percent / 100) < (percent > 20 ? 0.05 : 0.02))
    #expect(abs(split.training.seconds + split.validation.seconds - index.seconds) < 1e-6)
    for entry in index.entries where entry.duration > max(5, index.seconds * percent / 400) {
      func parts(_ side: CorpusIndex) throws -> [Range<Int>] {
        try #require(side.entries.first { $0.path == entry.path }?.parts)
      }
      let (held, trained) = (try parts(split.validation), try parts(split.training))
      #expect(held.count == 1 && (1...2).contains(trained.count))
      // Together they are the file, without gaps, and no part is shorter than the share.
      let all = (held + trained).sorted { $0.lowerBound < $1.lowerBound }
      #expect(all.first?.lowerBound == 0 && all.last?.upperBound == entry.frames)
      #expect(zip(all, all.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      #expect(all.allSatisfy { Double($0.count) > 0.99 * Double(entry.frames) * percent / 100 - 1 })
    }
    #expect(split.training.fingerprint != index.fingerprint && split.validation.fingerprint != index.fingerprint)
    // Whole files where their parts must not be used.
    let whole = Split(index, validationPercent: percent, dividing: false)
    #expect((whole.training.entries + whole.validation.entries).allSatisfy { $0.parts == nil })
    #expect(!whole.validation.entries.isEmpty && !whole.training.entries.isEmpty)
  }

  @Test func oneLongFileIsDividedToo() throws {
    let index = try index(seconds: [20])
    let split = Split(index)
    #expect(split.validation.seconds == 2 && split.training.seconds == 18)
    let (training, validation) = (try Recordings(split.training), try Recordings(split.validation))
    #expect(training.totalFrames == 18_000 && validation.totalFrames == 2000 && validation.trimmedSeconds == 0)
  }

  @Test func partsAreReadAsTheFileHasThem() throws {
    let scratch = try Scratch()
    var random = Philox(seed: 7)
    let samples = (0..<30_000).map { _ in Float(random.integer(below: 20_000) - 10_000) / 32_768 }
    try AudioWriter.write(Waveform(samples, sampleRate: 1000), to: scratch("long.wav"), existing: .refuse)
    let split = Split(try CorpusIndex.scan(scratch.path))
    for side in [split.training, split.validation] {
      let recordings = try Recordings(side)
      for (number, part) in try #require(side.entries[0].parts).enumerated() {
        let range = 0..<recordings.frames(of: number)
        #expect(try recordings.read(number, range) == Array(samples[part]))
      }
    }
    // A part at another rate, trimmed where the file is.
    let slow = try Recordings(split.validation, sampleRate: 500, trimming: SilenceTrimming())
    #expect(slow.totalFrames == 1500)
  }

  @Test func fewFilesChangeSidesWhenOthersCome() throws {
    let few = Split(try index((0..<300).map { "clip-\($0).wav" }))
    let many = Split(try index((0..<900).map { "clip-\($0).wav" }))
    func moved(_ side: KeyPath<Split, CorpusIndex>) -> Int {
      Set(few[keyPath: side].entries.map(\.path)).subtracting(many[keyPath: side].entries.map(\.path)).count
    }
    #expect(moved(\.training) + moved(\.validation) <= 15)
  }

  @Test(arguments: [0.001, 10, 50, 100]) func neitherSideOfTwoFilesIsEmpty(percent: Double) throws {
    let split = Split(try index(["a.wav", "b.wav"]), validationPercent: percent)
    #expect(split.training.entries.count == 1 && split.validation.entries.count == 1)
  }

  @Test func oneFileOrNoShareKeepsNothingBack() throws {
    // The hash of the second is among the first tenth.
    for path in ["a.wav", "flute/000.wav"] {
      #expect(Split(try index([path])).validation.entries.isEmpty, "\(path)")
    }
    #expect(Split(try index(["a.wav", "b.wav", "c.wav"]), validationPercent: 0).validation.entries.isEmpty)
  }

  @Test func aLabelsLastFileIsLearnedFrom() throws {
    let paths = (0..<300).map { "clip-\($0).wav" }
    // A speaker of their own for each of the first hundred, one for all others.
    let index = try index(paths) { path in
      let number = Int(path.dropFirst(5).dropLast(4))!
      return ["speaker": number < 100 ? "\(number)" : "many", "take": "\(number)"]
    }
    let plain = Split(index)
    let labelled = Split(index, labelSets: ["speaker"])
    func speakers(_ index: CorpusIndex) -> Set<String> { Set(index.entries.compactMap { $0.labels["speaker"] }) }
    #expect(speakers(plain.training).count < 101)
    #expect(speakers(labelled.training).count == 101 && speakers(labelled.validation) == ["many"])
    // Nothing else moves.
    let kept = plain.validation.entries.filter { $0.labels["speaker"] == "many" }
    #expect(labelled.validation.entries == kept && !kept.isEmpty)
    #expect(labelled.training.entries.count + kept.count == 300)
    // Where each is the last of its label, nothing is kept back.
    #expect(Split(index, labelSets: ["take"]).validation.entries.isEmpty)
    #expect(Split(index, validationPercent: 100, labelSets: ["speaker"]).training.entries.count == 101)
  }

  @Test func theHashIsTheSameInEveryVersion() {
    #expect(StableHash("koto/000.wav").description == "ddbfb0ebd09acb12")
  }
}
