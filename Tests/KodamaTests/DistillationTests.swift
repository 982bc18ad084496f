import Foundation
import KodamaLayers
import KodamaTensors
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaAudio
@testable import KodamaWaveNetTraining

/// Learning from another model.
@Suite struct DistillationTests {
  private static let mixture = WaveNetConfiguration(
    dilations: [1, 2], residualChannels: 4, gateChannels: 4, skipChannels: 8, input: .scalar, output: .logistics,
    mixtureComponents: 3)

  /// A larger network than the student's, saved.
  private func saveTeacher(
    _ folder: String, sampleRate: Int = Sounds.sampleRate, seed: UInt64 = 9,
    _ change: (inout WaveNetConfiguration) -> Void = { _ in }
  ) throws {
    var configuration = Sounds.configuration
    (configuration.dilations, configuration.residualChannels) = ([1, 2, 4, 8], 6)
    change(&configuration)
    try WaveNetModel(sampleRate: sampleRate, configuration: configuration, seed: seed).save(
      to: folder, existing: .replace)
  }

  private func task(_ network: WaveNet, _ distillation: WaveNetDistillation?) throws -> WaveNetTask {
    let settings = TrainingSettings(architecture: network.configuration, plan: TrainingPlan())
    return WaveNetTask(
      network: network,
      record: RunRecord(settings: settings, sampleRate: 8000, corpus: StableHash(""), validation: nil),
      conditions: [.none], trainedRows: nil,
      teacher: try distillation.map { try Teacher($0, student: network.configuration, sampleRate: 8000) })
  }

  private func crop(_ valid: Int, of count: Int = 120) -> CropSamples {
    var random = Philox(seed: UInt64(valid))
    let samples = (0..<count).map { t in Float(0.5 * sin(Double(t) / 5) + 0.1 * random.normal()) }
    return CropSamples(
      crop: Crop(recording: 0, start: 0, validCount: valid), samples: samples, previous: nil)
  }

  @Test func theLossHasTheTeachersShare() throws {
    try withTemporaryFolder { folder in
      try saveTeacher(folder + "/teacher")
      let network = WaveNet(Sounds.configuration)
      let parameters = Parameters<Float>(network.declarations, seed: 3)
      let batch = [crop(120), crop(70)]
      func loss(_ distillation: WaveNetDistillation?) throws -> (total: Double, bits: Double) {
        let found = try task(network, distillation).loss(batch, Pass(parameters))
        return (Double(found.loss.value.item), found.values[0])
      }
      let plain = try loss(nil)
      let taught = try loss(WaveNetDistillation(teacher: folder + "/teacher", share: 1, temperature: 3)).total
      let mixed = try loss(WaveNetDistillation(teacher: folder + "/teacher", share: 0.25, temperature: 3))
      #expect(abs(mixed.total - (0.75 * plain.total + 0.25 * taught)) < 1e-5)
      // What is reported is the loss of the recordings.
      #expect(mixed.bits == plain.bits && taught > 0.001)

      // A student that is its own teacher has nothing to learn.
      try WaveNetModel(sampleRate: 8000, configuration: Sounds.configuration, parameters: parameters).save(
        to: folder + "/self")
      let own = try loss(WaveNetDistillation(teacher: folder + "/self", share: 1, temperature: 3)).total
      #expect(abs(own) < 1e-6)
    }
  }

  @Test func aMixtureLearnsFromSamplesOfItsTeacher() throws {
    try withTemporaryFolder { folder in
      var teacher = Self.mixture
      (teacher.mixtureComponents, teacher.residualChannels) = (5, 6)
      try WaveNetModel(sampleRate: 8000, configuration: teacher, seed: 5).save(to: folder + "/teacher")
      let network = WaveNet(Self.mixture)
      let parameters = Parameters<Float>(network.declarations, seed: 3)
      let task = try task(network, WaveNetDistillation(teacher: folder + "/teacher", share: 1))
      func loss(_ seed: UInt64) -> Float {
        task.loss([crop(120)], Pass(parameters, phase: .training(seed: seed))).loss.value.item
      }
      #expect(loss(1) == loss(1) && loss(1) != loss(2) && loss(1).isFinite)
    }
  }

  @Test func aTeacherOfAnotherInputOrOutputIsRefused() throws {
    try withTemporaryFolder { folder in
      func refusal(_ rate: Int = 8000, _ change: (inout WaveNetConfiguration) -> Void = { _ in }) throws -> String {
        try saveTeacher(folder + "/teacher", sampleRate: rate, change)
        do {
          _ = try Teacher(
            WaveNetDistillation(teacher: folder + "/teacher"), student: Sounds.configuration, sampleRate: 8000)
        } catch {
          #expect((error as? any Fault)?.exitStatus == .badData)
          return "\(error)"
        }
        return "accepted"
      }
      #expect(try refusal() == "accepted")
      #expect(try refusal(16_000).contains("sample rate of the teacher is 16000 Hz"))
      #expect(try refusal { $0.classes = 256 }.contains("output of the teacher is 256 classes"))
      let labels = try refusal { $0.conditioning = Conditioning(labels: [LabelSet("speaker", ["anna", "ben"])]) }
      #expect(labels.contains("labels of the teacher is speaker: anna, ben") && labels.contains("learns from it none"))
      #expect(throws: (any Error).self) {
        try Teacher(WaveNetDistillation(teacher: folder + "/none"), student: Sounds.configuration, sampleRate: 8000)
      }
    }
  }

  @Test func aRunWithATeacherIsResumedToTheSameBits() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      func job(_ run: String, resuming: Bool = false) throws -> TrainingJob {
        var settings = Sounds.settings
        settings.distillation = WaveNetDistillation(teacher: folder + "/teacher", share: 0.5)
        return try TrainingJob(
          corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, resuming: resuming, workers: .serial)
      }
      try job("whole").train(until: .steps(6), writesTensorBoard: false)
      try job("parts").train(until: .steps(3), writesTensorBoard: false)
      try job("parts", resuming: true).train(until: .steps(6), writesTensorBoard: false)
      let models = try ["whole", "parts"].map { try bytes("\(folder)/\($0)/checkpoints/step-6/model.safetensors") }
      #expect(models[0] == models[1])
      // Other weights of the teacher would give others.
      try saveTeacher(folder + "/teacher", seed: 10)
      #expect(
        throws: TrainingFault.changed(
          run: folder + "/parts", what: ["another teacher, or its weights changed"])
      ) { try job("parts", resuming: true) }
    }
  }

  /// Trained by its teacher alone, a student approaches the teacher's distribution.
  @Test func aStudentComesToAgreeWithItsTeacher() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      var settings = Sounds.settings
      settings.distillation = WaveNetDistillation(teacher: folder + "/teacher", share: 1, temperature: 1)
      settings.plan.learningRate = 0.01
      let job = try TrainingJob(corpus: folder + "/corpus", run: folder + "/run", settings: settings, workers: .serial)
      let task = try task(job.network, settings.distillation)
      func divergence(_ parameters: Parameters<Float>) -> Float {
        task.loss([crop(120)], Pass(parameters)).loss.value.item
      }
      let before = divergence(Parameters<Float>(job.network.declarations, seed: settings.plan.seed))
      try job.train(until: .steps(60), writesTensorBoard: false)
      let after = divergence(try WaveNetModel.load(folder + "/run", weights: .raw).parameters)
      #expect(after < before / 3, "\(before), \(after)")
    }
  }
}
