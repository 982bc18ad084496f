import Foundation
import TestSupport
import Testing

@testable import Kodama

/// Which labels a model finds likeliest.
@Suite struct IdentificationJobTests {
  private static let sets = [LabelSet("speaker", ["anna", "ben", "cleo"]), LabelSet("take", ["0", "1"])]

  /// An untrained network whose labels matter.
  private func model(_ sets: [LabelSet] = sets) throws -> InferenceModel {
    var configuration = Sounds.configuration
    configuration.conditioning = Conditioning(channels: 3, labels: sets)
    var model = try WaveNetModel(sampleRate: Sounds.sampleRate, configuration: configuration, seed: 1)
    model.parameters.scale(by: 3)
    return InferenceModel(model)
  }

  private func write(_ folder: String, _ names: [String]) throws {
    for (number, name) in names.enumerated() {
      try Sounds.write(folder + "/" + name, samples: 400 + 100 * number, seed: UInt64(number + 1))
    }
  }

  private func labels() throws -> CorpusLabels { .pattern(try LabelPattern(#"(?<take>\d)_(?<speaker>[a-z]+)"#)) }

  @Test func everyLabelHasTheMeanProbabilityOverTheOtherSets() throws {
    try withTemporaryFolder { folder in
      try write(folder, ["0_anna.wav", "1_cleo.wav"])
      let model = try model()
      let result = try IdentificationJob(model: model, sources: [folder], labels: labels()).identify()
      #expect(result.combinations == 6 && result.files.map(\.samples) == [400, 500])
      let engine = try WaveNetEngine(model)
      for file in result.files {
        let samples = try AudioFile.read(file.path).mono
        var bits = [[Double]](repeating: [0, 0], count: 3)
        for speaker in 0..<3 {
          for take in 0..<2 {
            let scorer = EngineScorer(engine, conditions: Conditions(labels: [speaker, take]))
            scorer.add(samples)
            bits[speaker][take] = scorer.bits
          }
        }
        // In steps of bits around one of them, where the powers are numbers.
        let level = bits[0][0]
        func mean(_ values: [Double]) -> Double {
          level - log2(values.reduce(0) { $0 + exp2(level - $1) } / Double(values.count))
        }
        let expected = [
          "speaker": Dictionary(uniqueKeysWithValues: (0..<3).map { (Self.sets[0].values[$0], mean(bits[$0])) }),
          "take": Dictionary(
            uniqueKeysWithValues: (0..<2).map { take in (Self.sets[1].values[take], mean(bits.map { $0[take] })) }),
        ]
        #expect(file.sets.map(\.name) == ["speaker", "take"])
        for set in file.sets {
          let wanted = try #require(expected[set.name])
          #expect(set.labels.count == wanted.count)
          for label in set.labels {
            #expect(abs(label.bits - wanted[label.label, default: .nan]) < 1e-6)
            #expect(abs(label.bitsPerSample * Double(file.samples) - label.bits) < 1e-6)
          }
          #expect(set.label == set.labels[0].label && set.labels.map(\.bits) == set.labels.map(\.bits).sorted())
          let margin = try #require(set.marginBits)
          #expect(margin == set.labels[1].bits - set.labels[0].bits && margin > 0)
        }
      }
    }
  }

  @Test func theResultDoesNotDependOnThreadsOrOnOtherFiles() throws {
    try withTemporaryFolder { folder in
      try write(folder, ["0_anna.wav", "1_ben.wav", "1_cleo.wav"])
      let model = try model()
      func identify(_ sources: [String], _ threads: Int) throws -> IdentificationResult {
        try IdentificationJob(
          model: model, sources: sources, labels: labels(), workers: Workers(threads: threads)
        ).identify()
      }
      let whole = try identify([folder], 1)
      #expect(try identify([folder], 3) == whole)
      #expect(try identify([folder], 16) == whole)
      let files = ["1_cleo.wav", "0_anna.wav"].map { folder + "/" + $0 }
      #expect(try identify(files, 2).files == [whole.files[2], whole.files[0]])
      #expect(try identify([files[0], folder], 2).files == [whole.files[2]] + whole.files)
    }
  }

  @Test func aCandidateAloneIsKnown() throws {
    try withTemporaryFolder { folder in
      try write(folder, ["a.wav"])
      let model = try model()
      let job = try IdentificationJob(
        model: model, sources: [folder + "/a.wav"], candidates: ["speaker=cleo/anna", "take=1"])
      #expect(job.combinations == 2)
      let sets = try job.identify().files[0].sets
      #expect(Set(sets[0].labels.map(\.label)) == ["anna", "cleo"])
      #expect(sets[1].labels.map(\.label) == ["1"] && sets[1].marginBits == nil && sets[1].knownLabel == nil)
      let scorer = EngineScorer(try WaveNetEngine(model), conditions: Conditions(labels: [2, 1]))
      scorer.add(try AudioFile.read(folder + "/a.wav").mono)
      #expect(sets[0].labels.first { $0.label == "cleo" }?.bits == scorer.bits)
    }
  }

  @Test func knownLabelsAreCountedAndOthersAreNot() throws {
    try withTemporaryFolder { folder in
      try write(folder, ["0_anna.wav", "1_ben.wav", "1_zoe.wav", "plain.wav"])
      let result = try IdentificationJob(model: model(), sources: [folder], labels: labels()).identify()
      #expect(result.files.map { $0.sets[0].knownLabel } == ["anna", "ben", "zoe", nil])
      let speaker = try #require(result.accuracy.first)
      #expect(result.accuracy.map(\.name) == ["speaker", "take"])
      #expect(speaker.known == 2 && speaker.otherLabels == 1)
      #expect(speaker.right == result.files.prefix(2).count { $0.sets[0].label == $0.sets[0].knownLabel })
      #expect(speaker.confusion.flatMap { $0 }.reduce(0, +) == 2)
      #expect(speaker.confusion.count == speaker.labels.count && speaker.labels == speaker.labels.sorted())
      for (file, known) in zip(result.files, ["anna", "ben"]) {
        let row = try #require(speaker.labels.firstIndex(of: known))
        let column = try #require(speaker.labels.firstIndex(of: file.sets[0].label))
        #expect(speaker.confusion[row][column] > 0)
      }
      #expect(result.accuracy[1].known == 3)
      let unlabelled = try IdentificationJob(model: model(), sources: [folder]).identify()
      #expect(unlabelled.accuracy.isEmpty)
    }
  }

  @Test func remarksOnManyFilesAreAFewLines() throws {
    try withTemporaryFolder { folder in
      let files = (0..<7).map { folder + "/\($0).wav" }
      for file in files { try Sounds.write(file, samples: 300, sampleRate: 16_000) }
      let warnings = try IdentificationJob(model: model(), sources: files).warnings
      #expect(warnings.count == 6 && warnings[0].contains("0.wav") && warnings[5] == "2 more remarks on files")
      #expect(try IdentificationJob(model: model(), sources: [folder]).warnings.count == 1)
    }
  }

  @Test func whatCannotBeComparedIsRefused() throws {
    try withTemporaryFolder { folder in
      try write(folder, ["a.wav"])
      let file = folder + "/a.wav"
      #expect(throws: JobFault.noLabels) {
        try IdentificationJob(model: InferenceModel(Sounds.model()), sources: [file])
      }
      let many = (0..<400).map(String.init)
      #expect(throws: JobFault.tooManyCombinations(sizes: [400, 400], limit: 100_000)) {
        try IdentificationJob(model: model([LabelSet("a", many), LabelSet("b", many)]), sources: [file])
      }
      #expect(throws: WaveNetFault.unknownLabel("dora", set: Self.sets[0])) {
        try IdentificationJob(model: model(), sources: [file], candidates: ["speaker=anna/dora"])
      }
      #expect(throws: WaveNetFault.unknownLabelSet("room", sets: Self.sets)) {
        try IdentificationJob(model: model(), sources: [file], candidates: ["room=1"])
      }
      #expect(throws: WaveNetFault.self) {
        try IdentificationJob(model: model(), sources: [file], candidates: ["speaker"])
      }
      #expect(throws: FileFault.self) { try IdentificationJob(model: model(), sources: [folder + "/none.wav"]) }
    }
  }

  @Test func theKeysOfTheResultAreStable() throws {
    try withTemporaryFolder { folder in
      try write(folder, ["0_anna.wav"])
      let result = try IdentificationJob(model: model(), sources: [folder], labels: labels()).identify()
      let object = try #require(
        try JSONSerialization.jsonObject(with: JSONEncoder().encode(result)) as? [String: Any])
      #expect(object.keys.sorted() == ["accuracy", "combinations", "files", "sampleRate"])
      let file = try #require((object["files"] as? [[String: Any]])?.first)
      #expect(file.keys.sorted() == ["path", "samples", "sets"])
      let set = try #require((file["sets"] as? [[String: Any]])?.first)
      #expect(set.keys.sorted() == ["knownLabel", "label", "labels", "marginBits", "marginBitsPerSample", "name"])
      let accuracy = try #require((object["accuracy"] as? [[String: Any]])?.first)
      #expect(accuracy.keys.sorted() == ["confusion", "known", "labels", "name", "otherLabels", "right"])
    }
  }
}
