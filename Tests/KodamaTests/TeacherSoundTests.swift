import Foundation
import KodamaLayers
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaAudio
@testable import KodamaWaveNetTraining

/// Learning from sound that the teacher generates.
@Suite struct TeacherSoundTests {
  private func saveTeacher(_ folder: String, _ change: (inout WaveNetConfiguration) -> Void = { _ in }) throws {
    var configuration = Sounds.configuration
    (configuration.dilations, configuration.residualChannels) = ([1, 2, 4, 8], 6)
    change(&configuration)
    try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 9).save(to: folder)
  }

  private func job(
    _ folder: String, _ run: String, seconds: Double? = 2, resuming: Bool = false, allowChanges: Bool = false,
    workers: Workers = .serial,
    _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> TrainingJob {
    var settings = Sounds.settings
    settings.distillation = WaveNetDistillation(teacher: folder + "/teacher", share: 0.5, soundSeconds: seconds)
    change(&settings)
    return try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, resuming: resuming,
      allowChanges: allowChanges, workers: workers)
  }

  private func model(_ folder: String, _ run: String, step: Int) throws -> [UInt8] {
    try bytes("\(folder)/\(run)/checkpoints/step-\(step)/model.safetensors")
  }

  @Test func inSoundsOfTheTeacherTheLossIsItsOwn() throws {
    try withTemporaryFolder { folder in
      try saveTeacher(folder + "/teacher")
      let network = WaveNet(Sounds.configuration)
      let parameters = Parameters<Float>(network.declarations, seed: 3)
      func crop(_ recording: Int, _ valid: Int) -> CropSamples {
        var random = Philox(seed: UInt64(valid))
        let samples = (0..<120).map { t in t < valid ? Float(0.5 * sin(Double(t) / 5) + 0.1 * random.normal()) : 0 }
        return CropSamples(
          crop: Crop(recording: recording, start: 0, validCount: valid), samples: samples, previous: nil)
      }
      func loss(_ share: Double?, _ batch: [CropSamples]) throws -> (total: Double, bits: Double) {
        let distillation = share.map { WaveNetDistillation(teacher: folder + "/teacher", share: $0) }
        let task = WaveNetTask(
          network: network,
          record: RunRecord(
            settings: TrainingSettings(architecture: network.configuration, plan: TrainingPlan()), sampleRate: 8000,
            corpus: StableHash(""), validation: nil),
          conditions: [.none], trainedRows: nil,
          teacher: try distillation.map { try Teacher($0, student: network.configuration, sampleRate: 8000) },
          sounds: [.none])
        let found = task.loss(batch, Pass(parameters))
        return (Double(found.loss.value.item), found.values[0])
      }
      let (own, generated) = ([crop(0, 100)], [crop(1, 60)])
      let recorded = try loss(nil, own)
      let (taughtOwn, taughtGenerated) = (try loss(1, own).total, try loss(1, [crop(0, 60)]).total)
      // Whatever the share.
      for share in [0.2, 0.9] {
        #expect(abs(try loss(share, generated).total - taughtGenerated) < 1e-6)
      }
      let mixed = try loss(0.25, own + generated)
      let expected = (100 * (0.75 * recorded.total + 0.25 * taughtOwn) + 60 * taughtGenerated) / 160
      #expect(abs(mixed.total - expected) < 1e-5 && taughtGenerated > 1e-3)
      // Reported are the recordings, as far as there are any.
      #expect(abs(mixed.bits - recorded.bits) < 1e-5)
      #expect(try loss(0.25, generated).bits.isFinite)
    }
  }

  @Test func soundIsGeneratedOnceAndResumedToTheSameBits() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      let events = EventList()
      try job(folder, "whole").train(until: .steps(6), writesTensorBoard: false, observers: [events])
      #expect(events.shares.last == 1 && events.shares.count > 10)
      #expect(try names(in: folder + "/whole/teacher-sound") == ["1.wav", "source.json"])
      let path = folder + "/whole/teacher-sound/1.wav"
      let sound = try AudioFile.read(path)
      #expect(sound.sampleRate == 8000 && sound.channels.map(\.count) == [16_000])
      // 4,450 samples of recordings less what is held out, and 16,000 of the teacher, in crops of 200.
      do {
        let whole = try job(folder, "whole", resuming: true)
        let sound = try whole.setup.teacherSound(run: RunFolder(folder + "/whole"))?.generate(
          progress: { _ in }, shouldStop: { false })
        let files = try #require(sound)
        let crops = whole.setup.crops(files)
        #expect(crops.examplesPerEpoch == whole.cropsPerEpoch + 80)
        #expect(whole.setup.samplesPerEpoch == whole.training.totalFrames + 16_000)
      }

      // Interrupted while it is generated, and after three steps, on other threads.
      var calls = 0
      let stopped = try job(folder, "parts", workers: Workers(threads: 2)).train(
        until: .steps(6), writesTensorBoard: false
      ) {
        calls += 1
        return calls > 3
      }
      #expect(stopped == .interrupted && calls < 10)
      #expect(try names(in: folder + "/parts/teacher-sound") == ["source.json"])
      try job(folder, "parts", resuming: true).train(until: .steps(3), writesTensorBoard: false)
      try job(folder, "parts", resuming: true).train(until: .steps(6), writesTensorBoard: false)
      #expect(try model(folder, "parts", step: 6) == model(folder, "whole", step: 6))
      #expect(try bytes(folder + "/parts/teacher-sound/1.wav") == bytes(path))

      // A file that is gone comes back; another in its place is noticed.
      try FileManager.default.removeItem(atPath: path)
      try job(folder, "whole", resuming: true).train(until: .steps(7), writesTensorBoard: false)
      #expect(try bytes(folder + "/parts/teacher-sound/1.wav") == bytes(path))
      try Sounds.write(path, samples: 16_000)
      #expect(throws: TrainingFault.self) {
        try job(folder, "whole", resuming: true).train(until: .steps(8), writesTensorBoard: false)
      }
      #expect(
        throws: TrainingFault.changed(run: folder + "/parts", what: ["another length of the teacher's sound"])
      ) { try job(folder, "parts", seconds: 3, resuming: true) }
      // Allowed, the files of the former length are not taken for those of the new one.
      func trainOther() throws {
        try job(folder, "parts", seconds: 3, resuming: true, allowChanges: true).train(
          until: .steps(7), writesTensorBoard: false)
      }
      #expect {
        try trainOther()
      } throws: { error in
        guard case TrainingFault.badTargets(let path, _) = error else { return false }
        return path == folder + "/parts/teacher-sound" && (error as? any Fault)?.exitStatus == .badData
      }
      try FileManager.default.removeItem(atPath: folder + "/parts/teacher-sound")
      try trainOther()
      // Without it other weights come of the same steps.
      try job(folder, "none", seconds: nil).train(until: .steps(6), writesTensorBoard: false)
      #expect(try model(folder, "none", step: 6) != model(folder, "whole", step: 6))
    }
  }

  @Test func everyCombinationOfLabelsIsGenerated() throws {
    try withTemporaryFolder { folder in
      for label in ["anna", "ben", "c d"] { try Sounds.writeCorpus(folder + "/corpus/" + label, samples: [600, 900]) }
      try saveTeacher(folder + "/teacher") {
        $0.conditioning = Conditioning(channels: 3, labels: [LabelSet("label", ["anna", "ben", "c d"])])
      }
      let job = try job(folder, "run", seconds: 4) {
        ($0.condition, $0.architecture.conditioning.channels) = (["label"], 3)
      }
      try job.train(until: .steps(2), writesTensorBoard: false)
      #expect(
        try names(in: folder + "/run/teacher-sound").sorted() == [
          "1-anna.wav", "2-ben.wav", "3-c_d.wav", "source.json",
        ])
      let files = try #require(
        try job.setup.teacherSound(run: RunFolder(folder + "/run"))?.generate(
          progress: { _ in }, shouldStop: { false }))
      #expect(files.conditions == (0..<3).map { Conditions(labels: [$0]) })
      #expect(files.recordings.totalFrames == 3 * 10_667)
    }
  }

  @Test func aTeacherThatNeedsFeaturesIsRefused() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      let features = FeatureConditioning(.logMel(.standard(sampleRate: 8000)), contextFrames: 1)
      try saveTeacher(folder + "/teacher") { $0.conditioning.features = features }
      do {
        _ = try job(folder, "run") { $0.architecture.conditioning.features = features }
        Issue.record("a teacher without sound of its own was taken")
      } catch let fault as TrainingFault {
        #expect(fault.exitStatus == .usage && "\(fault)".contains("conditioned on features"), "\(fault)")
      }
    }
  }
}

/// Collects the progress of generating.
private final class EventList: TrainingObserver {
  private(set) var shares: [Double] = []

  func trainingDid(_ event: TrainingEvent) throws {
    if case .working("the sound of the teacher", let share) = event { shares.append(share) }
  }
}
