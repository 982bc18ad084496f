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

  @Test func aTenthIsKeptBackAndNothingLost() throws {
    let index = try index((0..<2_000).map { "clip-\($0).wav" })
    let split = Split(index)
    #expect((150...250).contains(split.validation.entries.count))
    let both = split.training.entries.map(\.path) + split.validation.entries.map(\.path)
    #expect(both.sorted() == index.entries.map(\.path))
  }

  @Test func aFileKeepsItsSideWhateverElseComes() throws {
    let few = Split(try index((0..<300).map { "clip-\($0).wav" }))
    let many = Split(try index((0..<900).map { "clip-\($0).wav" }))
    #expect(Set(few.validation.entries.map(\.path)).isSubset(of: many.validation.entries.map(\.path)))
    #expect(Set(few.training.entries.map(\.path)).isSubset(of: many.training.entries.map(\.path)))
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
