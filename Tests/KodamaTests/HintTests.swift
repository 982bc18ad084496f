import Foundation
import KodamaLayers
import KodamaTensors
import KodamaTraining
import TestSupport
import Testing

@testable import Kodama
@testable import KodamaAudio
@testable import KodamaWaveNetTraining

/// Learning from the skip sums of another model.
@Suite struct HintTests {
  private static let teacher = WaveNetConfiguration(
    dilations: [1, 2, 4, 8], residualChannels: 6, gateChannels: 4, skipChannels: 5, classes: 64)

  /// A network whose skip channels are other than the student's, saved.
  private func saveTeacher(_ folder: String, skipChannels: Int = 5) throws {
    var configuration = Self.teacher
    configuration.skipChannels = skipChannels
    try WaveNetModel(sampleRate: 8000, configuration: configuration, seed: 9).save(to: folder, existing: .replace)
  }

  private func task(_ distillation: WaveNetDistillation) throws -> WaveNetTask {
    let network = WaveNet(Sounds.configuration)
    return WaveNetTask(
      network: network,
      record: RunRecord(
        settings: TrainingSettings(architecture: Sounds.configuration, plan: TrainingPlan()), sampleRate: 8000,
        corpus: StableHash(""), validation: nil),
      conditions: [.none], trainedRows: nil,
      teacher: try Teacher(distillation, student: Sounds.configuration, sampleRate: 8000))
  }

  private let crop: CropSamples = {
    let samples = (0..<120).map { t in t < 90 ? Float(0.5 * sin(Double(t) / 5)) : 0 }
    return CropSamples(crop: Crop(recording: 0, start: 0, validCount: 90), samples: samples, previous: nil)
  }()

  @Test func theLossHasTheErrorOfSkipSums() throws {
    try withTemporaryFolder { folder in
      try saveTeacher(folder + "/teacher")
      let plain = try task(WaveNetDistillation(teacher: folder + "/teacher"))
      let hinted = try task(WaveNetDistillation(teacher: folder + "/teacher", hint: 0.5))
      #expect(plain.declarations == WaveNet(Sounds.configuration).declarations)
      #expect(hinted.declarations.suffix(2).map(\.name) == ["hint.weight", "hint.bias"])
      let parameters = Parameters<Float>(hinted.declarations, seed: 3)
      func loss(_ task: WaveNetTask) -> Double { Double(task.loss([crop], Pass(parameters)).loss.value.item) }

      // The formula as it is written.
      let model = try WaveNetModel.load(folder + "/teacher")
      func sums(_ network: WaveNet, _ parameters: Parameters<Float>) -> [[Float]] {
        let codes = network.companding.encode(crop.samples)
        let input = network.input(previous: [WaveNet.start] + codes.dropLast(), shape: [1, 120])
        let values = network.skipSums(input, Pass(parameters)).value.elements
        let channels = network.configuration.skipChannels
        return (0..<90).map { Array(values[$0 * channels..<($0 + 1) * channels]) }
      }
      let (student, teacher) = (sums(WaveNet(Sounds.configuration), parameters), sums(model.network, model.parameters))
      let (weight, bias) = (parameters["hint.weight"].elements, parameters["hint.bias"].elements)
      var (error, variance) = (0.0, 0.0)
      for channel in 0..<5 {
        let mean = teacher.reduce(0.0) { $0 + Double($1[channel]) } / 90
        for (s, t) in zip(student, teacher) {
          let found = (0..<8).reduce(Double(bias[channel])) { $0 + Double(weight[8 * channel + $1] * s[$1]) }
          error += pow(found - Double(t[channel]), 2)
          variance += pow(Double(t[channel]) - mean, 2)
        }
      }
      #expect(abs(loss(hinted) - loss(plain) - 0.5 * error / variance) < 1e-4 * error / variance)
      #expect(error / variance > 0.5)
    }
  }

  @Test func gradientsOfTheMapAreThoseOfDifferences() {
    var random = Philox(seed: 2)
    let hint = SkipHint(weight: 0.7, studentChannels: 3, teacherChannels: 2)
    let parameters = Parameters<Double>(hint.declarations, seed: 4)
    let sums = Tensor<Double>([2, 4, 3], (0..<24).map { _ in random.normal() })
    let expected = Tensor<Double>([2, 4, 2], (0..<16).map { _ in random.normal() })
    let weights = (0..<8).map { $0 == 3 ? 0.0 : 1 }
    func loss(_ parameters: Parameters<Double>, recording: Bool = false) -> (Variable<Double>, Pass<Double>) {
      let pass = Pass(parameters, recording: recording)
      return (hint.loss(pass.tape.constant(sums), expected: expected, weights: weights, pass), pass)
    }
    let (value, pass) = loss(parameters, recording: true)
    let gradients = pass.gradients(of: value)
    for name in parameters.names {
      let found = gradients[name].elements
      for index in found.indices {
        func moved(_ step: Double) -> Double {
          var elements = parameters[name].elements
          elements[index] += step
          var changed = parameters
          changed[name] = Tensor(parameters[name].shape, elements)
          return loss(changed).0.value.item
        }
        let difference = (moved(1e-5) - moved(-1e-5)) / 2e-5
        #expect(abs(found[index] - difference) < 1e-8 + 1e-6 * abs(difference), "\(name) \(index)")
      }
    }
  }

  private func job(
    _ folder: String, _ run: String, hint: Double, resuming: Bool = false, allowChanges: Bool = false
  ) throws -> TrainingJob {
    var settings = Sounds.settings
    settings.distillation = WaveNetDistillation(teacher: folder + "/teacher", share: 0.5, hint: hint)
    settings.plan.learningRate = 0.01
    return try TrainingJob(
      corpus: folder + "/corpus", run: folder + "/" + run, settings: settings, resuming: resuming,
      allowChanges: allowChanges, workers: .serial)
  }

  @Test func theMapIsResumedAndNoPartOfTheModel() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      func train(_ run: String, _ steps: Int, resuming: Bool = false) throws {
        try job(folder, run, hint: 0.1, resuming: resuming).train(until: .steps(steps), writesTensorBoard: false)
      }
      try train("whole", 6)
      try train("parts", 3)
      try train("parts", 6, resuming: true)
      for file in ["model", "average", "trainer", "auxiliary"] {
        let states = try ["whole", "parts"].map { try bytes("\(folder)/\($0)/checkpoints/step-6/\(file).safetensors") }
        #expect(states[0] == states[1], "\(file)")
      }
      // The model has what a model without hints has.
      let model = try WaveNetModel.load(folder + "/whole")
      #expect(model.parameters.names == WaveNet(Sounds.configuration).declarations.map(\.name))
      #expect(
        try job(folder, "whole", hint: 0.1, resuming: true).parameterCount == model.parameters.count)

      // Without hints there is nothing beside it, and no other bits than before.
      try job(folder, "none", hint: 0).train(until: .steps(3), writesTensorBoard: false)
      #expect(!AtomicFile.exists(folder + "/none/checkpoints/step-3/auxiliary.safetensors"))
      let changed = TrainingFault.changed(run: folder + "/none", what: ["another weight of hints"])
      #expect(throws: changed) { try job(folder, "none", hint: 0.1, resuming: true) }
      // Hints may begin and end within a run, and the teacher may become another.
      try job(folder, "none", hint: 0.1, resuming: true, allowChanges: true).train(
        until: .steps(5), writesTensorBoard: false)
      try saveTeacher(folder + "/teacher", skipChannels: 7)
      try job(folder, "none", hint: 0.1, resuming: true, allowChanges: true).train(
        until: .steps(7), writesTensorBoard: false)
      try job(folder, "none", hint: 0, resuming: true, allowChanges: true).train(
        until: .steps(8), writesTensorBoard: false)
      #expect(!AtomicFile.exists(folder + "/none/checkpoints/step-8/auxiliary.safetensors"))
    }
  }

  @Test func skipSumsComeToBePredicted() throws {
    try withTemporaryFolder { folder in
      try Sounds.writeCorpus(folder + "/corpus")
      try saveTeacher(folder + "/teacher")
      let job = try job(folder, "run", hint: 1)
      let (hinted, plain) = (
        try task(WaveNetDistillation(teacher: folder + "/teacher", hint: 1)),
        try task(WaveNetDistillation(teacher: folder + "/teacher"))
      )
      func error(_ parameters: Parameters<Float>) -> Float {
        hinted.loss([crop], Pass(parameters)).loss.value.item - plain.loss([crop], Pass(parameters)).loss.value.item
      }
      let before = error(Parameters<Float>(hinted.declarations, seed: 1))
      try job.train(until: .steps(80), writesTensorBoard: false)
      let state = try TrainingState(
        checkpoint: folder + "/run/checkpoints/step-80", declarations: hinted.declarations,
        plan: job.settings.plan.training)
      let after = error(state.parameters)
      #expect(after < before / 2 && after.isFinite, "\(before), \(after)")
    }
  }
}
