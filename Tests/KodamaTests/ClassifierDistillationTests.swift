import Foundation
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaClassifierTraining

/// Classifiers that learn from other ones.
@Suite struct ClassifierDistillationTests {
  private func settings(_ teacher: String?, share: Double = 1, epochs: Double = 4) -> ClassifierSettings {
    var settings = ClassifierSettings(labels: ["pitch", "instrument"])
    settings.network.width = 0.5
    settings.plan.batchSize = 12
    settings.plan.warmUpSteps = 5
    settings.epochs = epochs
    settings.distillation = teacher.map { Distillation(teacher: $0, share: share) }
    return settings
  }

  private func job(
    _ corpus: String, _ run: String, _ settings: ClassifierSettings, resuming: Bool = false, workers: Workers = .serial
  ) throws -> ClassifierTrainingJob {
    try ClassifierTrainingJob(
      corpus: corpus, run: run, settings: settings, resuming: resuming, labels: Tones.labels, workers: workers)
  }

  /// Writes tones of which the low ones are called high, and the high ones low.
  private func writeSwapped(_ folder: String, takes: Range<Int>) throws {
    for (height, pitch) in Tones.pitches.reversed().enumerated() {
      for (kind, instrument) in Tones.instruments.enumerated() {
        for take in takes {
          try Tones.write(
            folder + "/\(pitch)_\(instrument)_\(take).wav", height: height, isRich: kind == 1, seconds: 0.3,
            seed: UInt64(take * 100 + height * 10 + kind))
        }
      }
    }
  }

  /// A student of a teacher that has learned other labels finds those, and not the ones of its recordings.
  @Test func aStudentOfItsTeacherAloneAgreesWithIt() throws {
    try withTemporaryFolder { folder in
      try writeSwapped(folder + "/swapped", takes: 0..<6)
      try Tones.write(folder + "/train", takes: 0..<6)
      try Tones.write(folder + "/test", takes: 6..<9)
      try job(folder + "/swapped", folder + "/teacher", settings(nil, epochs: 40), workers: .all).train()
      var learning = settings(folder + "/teacher", epochs: 120)
      learning.network.width = 0.25
      // Of so few recordings some seeds learn too little, others than these with instructions of another width.
      learning.plan.seed = 3
      // Another order of the same label sets is no other teacher.
      learning.labels = ["instrument", "pitch"]
      let student = try job(folder + "/train", folder + "/student", learning, workers: .all)
      try student.train()
      let model = try ClassifierModel.load(folder + "/student", weights: .average)
      #expect(model.configuration.labels.map(\.name) == ["instrument", "pitch"])
      let files = try ClassificationJob(model: model, sources: [folder + "/test"], labels: Tones.labels).run().files
      #expect(files.count == 18)
      let opposite = ["low": "high", "middle": "middle", "high": "low"]
      let agreeing = files.count { file in
        file.sets[0].labels[0].label == file.sets[0].knownLabel
          && file.sets[1].labels[0].label == file.sets[1].knownLabel.flatMap { opposite[$0] }
      }
      #expect(agreeing >= 16, "\(agreeing)")
    }
  }

  /// The share of the teacher is a share of the loss; what is reported is the loss of the labels.
  @Test func theLossHasTheTeachersShare() throws {
    var configuration = ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: 0.3,
      labels: [LabelSet("pitch", ["a", "b", "c"]), LabelSet("instrument", ["d", "e"])])
    configuration.network.width = 0.25
    /// Weights with random heads, whose initial values are 0.
    func parameters(seed: UInt64) -> Parameters<Float> {
      var parameters = Parameters<Float>(configuration.layers.declarations, seed: seed)
      var random = Philox(seed: seed, stream: 1)
      for name in parameters.names where name.hasPrefix("heads.") {
        let shape = parameters[name].shape
        parameters[name] = Tensor(shape, (0..<shape.count).map { _ in Float(0.3 * random.normal()) })
      }
      return parameters
    }
    let student = parameters(seed: 3)
    let teacher = ClassifierModel(configuration: configuration, parameters: parameters(seed: 4))
    var random = Philox(seed: 5)
    let batch = LabelledMaps(
      maps: (0..<4 * configuration.windowFrames * configuration.features.bands).map { _ in Float(random.normal()) },
      labels: (0..<4).map { ([$0 % 3, $0 % 2], [0, 1], 0.75) })
    func loss(_ distillation: Distillation?, _ model: ClassifierModel) throws -> (total: Double, reported: Double) {
      let task = ClassifierTask(
        configuration,
        record: ClassifierRecord(
          settings: ClassifierSettings(labels: ["pitch", "instrument"]), steps: 1, corpus: StableHash(""),
          validation: nil),
        teacher: try distillation.map { try ClassifierTeacher($0, model, student: configuration) })
      let found = task.loss(batch, Pass(student))
      return (Double(found.loss.value.item), found.values[0])
    }
    let plain = try loss(nil, teacher)
    let taught = try loss(Distillation(teacher: "teacher", share: 1, temperature: 3), teacher).total
    let mixed = try loss(Distillation(teacher: "teacher", share: 0.25, temperature: 3), teacher)
    #expect(plain.total == plain.reported && taught > 1e-4, "\(taught)")
    #expect(abs(mixed.total - (0.75 * plain.total + 0.25 * taught)) < 1e-5)
    #expect(mixed.reported == plain.reported)
    let own = ClassifierModel(configuration: configuration, parameters: student)
    #expect(abs(try loss(Distillation(teacher: "self", share: 1), own).total) < 1e-6)
  }

  @Test func aTeacherOfOtherSoundsOrLabelsIsRefused() throws {
    let student = ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: 0.5,
      labels: [LabelSet("pitch", ["high", "low"])])
    func refusal(_ change: (inout ClassifierConfiguration) -> Void) -> String {
      var configuration = student
      change(&configuration)
      let model = ClassifierModel(
        configuration: configuration, parameters: Parameters<Float>(configuration.layers.declarations, seed: 1))
      do {
        _ = try ClassifierTeacher(Distillation(teacher: "teacher"), model, student: student)
        return "accepted"
      } catch {
        #expect(error.exitStatus == .badData)
        return "\(error)"
      }
    }
    #expect(refusal { $0.network.width = 0.25 } == "accepted")
    #expect(
      refusal { $0.features = ClassifierConfiguration.standardFeatures(sampleRate: 16_000) }.contains(
        "teacher: the sample rate of the teacher is 16000 Hz, and of the network that learns from it 8000 Hz"))
    #expect(
      refusal { $0.features.bands = 32 }.contains(
        "the bands of the features of the teacher is 32, and of the network that learns from it 40"))
    #expect(refusal { $0.windowSeconds = 1 }.contains("the window of the teacher is 1.0 s"))
    let labels = refusal { $0.labels = [LabelSet("pitch", ["high", "low", "middle"])] }
    #expect(
      labels.contains(
        "label sets of the teacher is pitch: high, low, middle, and of the network that learns from it pitch: high, low"
      ))
    #expect(refusal { $0.labels.append(LabelSet("mood", ["a", "b"])) }.contains("mood: a, b; pitch: high, low"))
    // Another division into labels, listed alike.
    #expect(refusal { $0.labels = [LabelSet("pitch", ["high, low", "low"])] } != "accepted")
  }

  @Test func aRunWithATeacherIsResumedToTheSameBits() throws {
    try withTemporaryFolder { folder in
      try Tones.write(folder + "/train", takes: 0..<3)
      try job(folder + "/train", folder + "/teacher", settings(nil)).train()
      let learning = settings(folder + "/teacher", share: 0.6)
      try job(folder + "/train", folder + "/whole", learning).train()
      do {
        var steps = 0
        let first = try job(folder + "/train", folder + "/parts", learning, workers: Workers(threads: 2))
        let outcome = try first.train {
          steps += 1
          return steps > 2
        }
        #expect(outcome == .interrupted)
      }
      let kept = try ClassifierTrainingJob.settings(ofRun: folder + "/parts")
      #expect(kept.distillation == learning.distillation)
      try job(folder + "/train", folder + "/parts", kept, resuming: true).train()
      let models = try ["whole", "parts"].map { try ClassifierModel.load("\(folder)/\($0)", weights: .raw) }
      #expect(models[0] == models[1])

      // The same teacher elsewhere is no change; other weights of it are.
      var moved = kept
      moved.distillation?.teacher = folder + "/moved"
      try ClassifierModel.load(folder + "/teacher").save(to: folder + "/moved")
      _ = try job(folder + "/train", folder + "/parts", moved, resuming: true)
      moved.distillation?.teacher = folder + "/whole"
      #expect(
        throws: TrainingFault.changed(
          run: folder + "/parts", what: ["another teacher, or its weights changed"])
      ) { try job(folder + "/train", folder + "/parts", moved, resuming: true) }
    }
  }
}
