import Foundation
import KodamaLayers
import KodamaTensors
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaAudio
@testable import KodamaWaveNetTraining

/// Probabilities of a teacher that are kept on disk.
@Suite struct TeacherTargetsTests {
  private func saveTeacher(_ folder: String, seed: UInt64 = 9) throws {
    var configuration = Sounds.configuration
    (configuration.dilations, configuration.residualChannels) = ([1, 2, 4, 8], 6)
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: seed)
    parameters.scale(by: 3)
    try WaveNetModel(sampleRate: 8000, configuration: configuration, parameters: parameters).save(
      to: folder, existing: .replace)
  }

  private func job(
    _ folder: String, _ run: String, targets: String? = "targets", resuming: Bool = false, sound: Double? = nil,
    workers: Workers = .serial, _ change: (inout TrainingSettings) -> Void = { _ in }
  ) throws -> TrainingJob {
    var settings = Sounds.settings
    settings.distillation = WaveNetDistillation(
      teacher: folder + "/teacher", share: 0.5, soundSeconds: sound, targets: targets.map { folder + "/" + $0 })
    change(&settings)
    return try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, resuming: resuming, workers: workers)
  }

  @Test func logitsAreRoundedAsDocumented() {
    #expect(TargetFile.logits.count == 256 && TargetFile.logits[0] == 0 && TargetFile.logits[255] == -24)
    for (distance, bound) in [(Float(0), Float(0)), (0.1, 0.01), (1, 0.02), (4, 0.04), (10, 0.07), (23.9, 0.1)] {
      let byte = TargetFile.encode([7, 7 - distance][...], classes: 2, workers: .serial)
      #expect(byte[0] == 0 && abs(TargetFile.logits[Int(byte[1])] + distance) <= bound, "\(distance)")
    }
    let odd: [Float] = [0, -100, -.infinity, .nan]
    #expect(TargetFile.encode(odd[...], classes: 4, workers: .serial) == [0, 255, 255, 255])
    #expect(TargetFile.encode([Float.nan, .infinity][...], classes: 2, workers: .serial).count == 2)
    // Of any part of an array, and on several threads.
    var random = Philox(seed: 1)
    let logits = (0..<4 * 1000).map { _ in Float(5 * random.normal()) }
    let bytes = TargetFile.encode(logits[...], classes: 4, workers: Workers(threads: 3))
    #expect(TargetFile.encode(logits[400...], classes: 4, workers: .serial) == Array(bytes[400...]))
    let tensor = Tensor<Float>(targets: [Array(bytes[0..<8]), Array(bytes[8..<12])], steps: 2, classes: 4)
    #expect(tensor.shape == [2, 2, 4] && tensor[1, 1, 0] == 0 && tensor[0, 1, 2] == TargetFile.logits[Int(bytes[6])])
  }

  /// Of a whole recording, whose history is the same, the loss is that of the teacher's own pass up to rounding.
  @Test func theLossFromFilesIsThatOfThePass() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus", samples: [900, 2100])
      try saveTeacher(folder + "/teacher")
      let job = try job(folder, "run") { $0.validationPercent = 0 }
      let store = try #require(job.setup.targetStore)
      let targets = try #require(
        try job.setup.targets(store, nil, progress: { _ in }, shouldStop: { false }))
      for recording in 0..<2 {
        let count = job.training.frames(of: recording)
        let crop = Crop(recording: recording, start: 0, validCount: count)
        let samples = try job.training.read(recording, 0..<count)
        func loss(_ distillation: WaveNetDistillation, _ bytes: [UInt8]) throws -> Float {
          let task = WaveNetTask(
            network: job.network, record: job.setup.record, conditions: [.none, .none], trainedRows: nil,
            teacher: try Teacher(distillation, student: job.network.configuration, sampleRate: 8000))
          let batch = [CropSamples(crop: crop, samples: samples, previous: nil, targets: bytes)]
          return task.loss(batch, Pass(Parameters<Float>(job.network.declarations, seed: 3))).loss.value.item
        }
        var distillation = WaveNetDistillation(teacher: folder + "/teacher", share: 1, temperature: 2)
        let direct = try loss(distillation, [])
        distillation.targets = folder + "/targets"
        let bytes = try targets.bytes(for: crop)
        #expect(bytes.count == count * 64)
        let stored = try loss(distillation, bytes)
        #expect(direct > 0.05 && abs(stored - direct) < 0.02 * direct, "\(stored), \(direct)")
        // That of others, of which one class alone is probable, is not.
        let other = try loss(distillation, bytes.indices.map { $0 % 64 == 0 ? 0 : 255 })
        #expect(abs(other - direct) > 0.1 * direct, "\(other), \(direct)")
      }
    }
  }

  @Test func aSecondStudentTakesWhatIsThere() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      let (first, second) = (ShareList(), ShareList())
      try job(folder, "first", workers: Workers(threads: 2)).train(
        until: .steps(6), writesTensorBoard: false, observers: [first])
      let files = try names(in: folder + "/targets")
      #expect(files.allSatisfy { $0.hasSuffix(".targets") && $0.count == 24 } && files.count >= 3)
      #expect(first.shares.last == 1 && first.shares == first.shares.sorted())
      // Interrupted and resumed the bits are the same, and nothing is computed again.
      try job(folder, "second").train(until: .steps(3), writesTensorBoard: false, observers: [second])
      try job(folder, "second", resuming: true).train(
        until: .steps(6), writesTensorBoard: false, observers: [second])
      #expect(second.shares.isEmpty)
      #expect(try names(in: folder + "/targets") == files)
      let models = try ["first", "second"].map { try bytes("\(folder)/\($0)/checkpoints/step-6/model.safetensors") }
      #expect(models[0] == models[1])
      // The probabilities of each pass are others, those over crops.
      try job(folder, "direct", targets: nil).train(until: .steps(6), writesTensorBoard: false)
      #expect(try bytes(folder + "/direct/checkpoints/step-6/model.safetensors") != models[0])
      let changed = TrainingFault.changed(
        run: folder + "/second", what: ["the teacher's probabilities are no longer stored ones"])
      #expect(throws: changed) { try job(folder, "second", targets: nil, resuming: true) }

      // Those of another teacher, and of the teacher's sound, lie beside them.
      try saveTeacher(folder + "/teacher", seed: 10)
      try job(folder, "third", sound: 1).train(until: .steps(2), writesTensorBoard: false)
      #expect(try names(in: folder + "/targets").count == 2 * files.count + 1)
    }
  }

  @Test func interruptedItKeepsWholeFiles() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      var calls = 0
      let outcome = try job(folder, "run").train(until: .steps(2), writesTensorBoard: false) {
        calls += 1
        return calls > 2
      }
      #expect(outcome == .interrupted)
      let files = try names(in: folder + "/targets")
      #expect(files.count == 1 && files[0].hasSuffix(".targets"), "\(files)")
      try job(folder, "run", resuming: true).train(until: .steps(2), writesTensorBoard: false)
      #expect(try names(in: folder + "/targets").count > 2)
    }
  }

  @Test func aDamagedFileIsNamed() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      try job(folder, "first").train(until: .steps(1), writesTensorBoard: false)
      let path = folder + "/targets/" + (try names(in: folder + "/targets")[0])
      let whole = try bytes(path)
      func refusal(_ contents: [UInt8]) throws -> String {
        try write(contents, to: path)
        do {
          try job(folder, "run").train(until: .steps(1), writesTensorBoard: false)
          return "accepted"
        } catch let fault as TrainingFault {
          #expect(fault.exitStatus == .badData)
          return "\(fault)"
        }
      }
      #expect(try refusal(Array(whole.dropLast())).hasPrefix("\(path): it has \(whole.count - 1) bytes instead of"))
      #expect(try refusal(whole + [0]).contains("it has \(whole.count + 1) bytes"))
      #expect(try refusal(Array(whole[..<20])).contains("too short"))
      #expect(try refusal([]).contains("too short"))
      #expect(try refusal(Array("RIFF".utf8) + whole.dropFirst(4)).contains("does not hold the probabilities"))
      // Every byte of the header counts; sizes beyond any memory are not believed.
      for index in 8..<40 {
        var changed = whole
        changed[index] ^= 0x7F
        #expect(try refusal(changed).contains("another teacher or recording"), "\(index)")
      }
      #expect(try refusal(whole) == "accepted")
    }
  }

  @Test func whatCannotBeStoredIsRefused() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      func refusal(_ change: (inout TrainingSettings) -> Void) -> String {
        do {
          _ = try job(folder, "run", change)
          return "accepted"
        } catch {
          #expect((error as? any Fault)?.exitStatus == .usage)
          return "\(error)"
        }
      }
      try saveTeacher(folder + "/teacher")
      let hints = refusal { $0.distillation?.hint = 0.1 }
      #expect(hints.contains("no skip sums"))
      let mixture = WaveNetConfiguration(
        dilations: [1, 2], residualChannels: 4, gateChannels: 4, skipChannels: 8, input: .scalar, output: .logistics,
        mixtureComponents: 3)
      try WaveNetModel(sampleRate: 8000, configuration: mixture, seed: 1).save(
        to: folder + "/teacher", existing: .replace)
      let mixtures = refusal { $0.architecture = mixture }
      #expect(mixtures.contains("mixtures"))
    }
  }
}

/// Collects the progress of computing.
private final class ShareList: TrainingObserver {
  private(set) var shares: [Double] = []

  func trainingDid(_ event: TrainingEvent) throws {
    if case .working("probabilities of the teacher", let share) = event { shares.append(share) }
  }
}
