import Foundation
import KodamaTensors
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaWaveNetTraining
@testable import KodamaAudio

/// Training, generating, scoring and quantizing with labels, and adding a label to a trained model.
@Suite struct LabelJobTests {
  /// Low tones of anna and high ones of ben, two takes each.
  private func writeCorpus(_ folder: String, speakers: [String] = ["anna", "ben"], takes: Int = 2) throws {
    for (number, speaker) in speakers.enumerated() {
      for take in 0..<takes {
        try Sounds.write(
          folder + "/\(speaker)/\(take)_\(speaker).wav", samples: 900, seed: UInt64(4 * number + take + 1))
      }
    }
  }

  private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = Sounds.settings
    settings.sampleRate = Sounds.sampleRate
    settings.validationPercent = 0
    settings.architecture.conditioning.channels = 3
    settings.condition = ["label", "take"]
    change(&settings)
    return settings
  }

  /// A list that gives anna's takes to ben, and ben's to anna.
  private func writeList(_ path: String) throws {
    let rows = [("anna", "ben"), ("ben", "anna")].flatMap { speaker, label in
      (0..<2).map { "\(speaker)/\($0)_\(speaker).wav,\(label),\($0)\n" }
    }
    try write(("path,label,take\n" + rows.joined()).utf8, to: path)
  }

  private func labels() throws -> CorpusLabels { .pattern(try LabelPattern(#"(?<take>\d)_"#)) }

  private func job(
    _ corpus: String, _ run: String, _ settings: TrainingSettings, validation: String? = nil, resuming: Bool = false,
    initialModel: WaveNetModel? = nil
  ) throws -> TrainingJob {
    try TrainingJob(
      corpus: corpus, validationFolder: validation, run: run, settings: settings, resuming: resuming,
      initialModel: initialModel, labels: try labels(), workers: .serial)
  }

  /// Hears of samples and scores.
  private final class Listener: TrainingObserver {
    private(set) var samples: [String] = []
    private(set) var scores: [Double] = []

    func trainingDid(_ event: TrainingEvent) {
      if case .sample(_, let path) = event { samples.append((path as NSString).lastPathComponent) }
      if case .validation(let report) = event { scores.append(report.weights[0].value) }
    }
  }

  @Test func trainingLearnsTheLabelsOfTheCorpusAndSamplesGoThroughThem() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus")
      let job = try job(
        folder + "/corpus", folder + "/run", settings { $0.sampleInterval = 2 }, validation: folder + "/corpus")
      let sets = [LabelSet("label", ["anna", "ben"]), LabelSet("take", ["0", "1"])]
      #expect(job.settings.architecture.conditioning.labels == sets)
      let listener = Listener()
      try job.train(until: .steps(8), observers: [listener])
      #expect(
        listener.samples == [
          "step-2-anna-1.wav", "step-4-ben-0.wav", "step-6-ben-1.wav", "step-8-anna-0.wav",
        ])
      #expect(listener.scores.count == 1)
      let model = try WaveNetModel.load(folder + "/run", weights: .raw)
      #expect(model.configuration.conditioning == Conditioning(channels: 3, labels: sets))
      // What validation says is what scoring with each file's labels says.
      let score = try ScoreJob(model: model, corpus: folder + "/corpus", labels: labels()).score()
      #expect(abs(score.bitsPerSample - listener.scores[0]) < 1e-4)
      let shuffled = try ScoreJob(model: model, corpus: folder + "/corpus", labels: labels(), shuffleSeed: 3).score()
      let again = try ScoreJob(model: model, corpus: folder + "/corpus", labels: labels(), shuffleSeed: 3).score()
      #expect(shuffled == again && shuffled != score)
    }
  }

  @Test func everyLabelGetsGradientsOfItsOwnRecordingsAlone() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus", takes: 1)
      let settings = settings { $0.condition = ["label"] }
      let job = try job(folder + "/corpus", folder + "/run", settings)
      let parameters = Parameters<Float>(job.network.declarations, seed: 1)
      let task = WaveNetTask(
        network: job.network,
        record: RunRecord(settings: job.settings, sampleRate: 8000, corpus: StableHash(""), validation: nil),
        conditions: [Conditions(labels: [0]), Conditions(labels: [1])], trainedRows: nil)
      for recording in 0..<2 {
        let crop = try job.training.read(Crop(recording: recording, start: 0, validCount: 200), length: 200)
        let pass = Pass(parameters, phase: .training(seed: 0))
        let gradients = pass.gradients(of: task.loss([crop], pass).loss)["labels.0.weight"].elements
        for row in 0..<2 {
          let isZero = gradients[row * 3..<row * 3 + 3].allSatisfy { $0 == 0 }
          #expect(isZero == (row != recording))
        }
      }
    }
  }

  @Test func aResumedRunKeepsItsLabels() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus")
      try job(folder + "/corpus", folder + "/whole", settings()).train(until: .steps(5))
      try job(folder + "/corpus", folder + "/parts", settings()).train(until: .steps(2))
      let base = try TrainingJob.settings(ofRun: folder + "/parts")
      #expect(
        base.condition == ["label", "take"] && base.architecture.conditioning.labels[0].values == ["anna", "ben"])
      try job(folder + "/corpus", folder + "/parts", base, resuming: true).train(until: .steps(5))
      for name in ["model.safetensors", "trainer.safetensors"] {
        let path = "/checkpoints/step-5/" + name
        #expect(try bytes(folder + "/parts" + path) == bytes(folder + "/whole" + path))
      }
      // The same recordings with labels of other recordings are another corpus.
      try writeList(folder + "/list.csv")
      #expect(throws: TrainingFault.self) {
        try TrainingJob(
          corpus: folder + "/corpus", run: folder + "/parts", settings: base, resuming: true,
          labels: .csv(path: folder + "/list.csv"), workers: .serial)
      }
    }
  }

  @Test func filesWithoutLabelsAndUnknownLabelsAreNamed() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus")
      try Sounds.write(folder + "/corpus/ben/loose.wav", samples: 900, seed: 20)
      #expect(
        throws: LabelFault.filesWithoutLabel(set: "take", files: ["ben/loose.wav"], present: ["label", "take"])
      ) { try job(folder + "/corpus", folder + "/a", settings()) }
      try FileManager.default.removeItem(atPath: folder + "/corpus/ben/loose.wav")
      try writeCorpus(folder + "/others", speakers: ["anna", "zoe"])
      let zoe = LabelFault.filesWithUnknownLabels(
        set: LabelSet("label", ["anna", "ben"]), values: ["zoe"], files: ["zoe/0_zoe.wav", "zoe/1_zoe.wav"])
      #expect(throws: zoe) {
        try job(folder + "/corpus", folder + "/b", settings(), validation: folder + "/others")
      }
      try job(folder + "/corpus", folder + "/c", settings()).train(until: .steps(0))
      let model = try InferenceModel.load(folder + "/c")
      #expect(throws: zoe) { try ScoreJob(model: model, corpus: folder + "/others", labels: labels()) }
      #expect(throws: LabelFault.self) { try ScoreJob(model: model, corpus: folder + "/corpus") }
      #expect(throws: WaveNetFault.notConditioned(text: "shuffling labels")) {
        try ScoreJob(model: Sounds.model(), corpus: folder + "/corpus", shuffleSeed: 1)
      }
    }
  }

  @Test func outputsHaveTheirLabelsInTurnAlsoAfterAPrime() throws {
    var configuration = Sounds.configuration
    configuration.conditioning = Conditioning(channels: 3, labels: [LabelSet("speaker", ["anna", "ben"])])
    var model = try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 1)
    model.parameters.scale(by: 3)
    #expect(throws: WaveNetFault.missingLabels(configuration.conditioning.labels)) {
      try GenerationJob(model: model, samples: 10)
    }
    let both = [Conditions(labels: [0]), Conditions(labels: [1])]
    for prime in [[], (0..<40).map { Float(sin(Double($0) / 3)) }] {
      let together = try GenerationJob(model: model, samples: 300, prime: prime, conditions: both).waveforms(streams: 4)
      let first = try GenerationJob(model: model, samples: 300, prime: prime, conditions: [both[0]])
        .waveforms(streams: 4)
      #expect(together[0] == first[0] && together[2] == first[2])
      #expect(together[1] != first[1] && together[3] != first[3])
    }
  }

  @Test func quantizingKeepsLabelsAndCalibratesWithThem() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus")
      try job(folder + "/corpus", folder + "/run", settings()).train(until: .steps(3))
      let model = try WaveNetModel.load(folder + "/run")
      for corpus in [folder + "/corpus", nil] {
        let job = try QuantizationJob(
          model: model, quantization: Quantization(.int8), calibration: corpus, labels: try labels(), workers: .serial)
        let quantized = try job.quantize()
        // Rows of labels are rounded to 8 bits.
        for (own, original) in try paired(quantized.network.tables, InferenceModel(model).network.tables) {
          let largest = try #require(original.elements.map(abs).max())
          for (x, y) in try paired(own.elements, original.elements) { #expect(abs(x - y) <= largest / 127) }
        }
        let report = try job.compare(quantized, seconds: 0.3)
        #expect(abs(report.bitsPerSampleAfter - report.bitsPerSampleBefore) < 0.1)
      }
      #expect(throws: LabelFault.self) {
        try QuantizationJob(
          model: model, quantization: Quantization(.int8), calibration: folder + "/corpus", workers: .serial
        ).quantize()
      }
      let benchmark = GenerationBenchmark(model: model, precision: .int8, streams: 2)
      #expect(try benchmark.run(samples: 20, rounds: 1).samplesPerSecond > 0)
    }
  }

  @Test func anAddedLabelIsTrainedAloneAndAllElseStaysBitForBit() throws {
    try withTemporaryFolder { folder in
      try writeCorpus(folder + "/corpus")
      try job(folder + "/corpus", folder + "/run", settings()).train(until: .steps(3))
      let model = try WaveNetModel.load(folder + "/run", weights: .raw)
      try writeCorpus(folder + "/new", speakers: ["cleo"])
      let larger = try model.adding(labels: ["label=cleo"])
      var further = TrainingSettings(of: larger)
      further.plan = settings().plan
      further.plan.training.use(.adamw)
      further.trainedLabels = ["label=cleo"]
      try job(folder + "/new", folder + "/adapted", further, initialModel: larger).train(until: .steps(4))
      for weights in ModelWeights.allCases {
        let after = try WaveNetModel.load(folder + "/adapted", weights: weights)
        #expect(after.configuration == larger.configuration)
        for name in larger.parameters.names {
          let (old, new) = (larger.parameters[name].elements, after.parameters[name].elements)
          if name == "labels.0.weight" {
            #expect(old.count == 9 && old.prefix(6) == new.prefix(6))
            #expect(try paired(old, new).suffix(3).allSatisfy { $0 != $1 })
          } else {
            #expect(old == new, "\(name)")
          }
        }
      }
      let base = try TrainingJob.settings(ofRun: folder + "/adapted")
      #expect(base.trainedLabels == ["label=cleo"])
      try job(folder + "/new", folder + "/adapted", base, resuming: true).train(until: .steps(5))
      #expect(throws: TrainingFault.self) {
        try job(folder + "/corpus", folder + "/other", settings(), initialModel: larger)
      }
      // Nothing to learn a label from is said before any work.
      let absent = try model.adding(labels: ["label=dora"])
      var nothing = TrainingSettings(of: absent)
      nothing.trainedLabels = ["label=dora"]
      #expect(throws: TrainingFault.self) {
        try job(folder + "/corpus", folder + "/nothing", nothing, initialModel: absent)
      }
    }
  }
}
