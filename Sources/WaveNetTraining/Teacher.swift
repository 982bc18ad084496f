import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// The model that a network learns from.
package struct Teacher: Sendable {
  package let distillation: WaveNetDistillation
  /// Of its weights.
  package let fingerprint: StableHash
  /// Learns its skip sums; nil without hints.
  package let hint: SkipHint?
  package let model: WaveNetModel

  /// Loads the teacher of settings.
  ///
  /// - Parameter student: the architecture, with the labels of the corpus.
  /// - Throws: `FileFault`, `CheckpointFault`, `WaveNetFault`; `TrainingFault.otherTeacher` where its rate, output,
  ///   pre-emphasis, labels or features are not those of the student.
  package init(_ distillation: WaveNetDistillation, student: WaveNetConfiguration, sampleRate: Int) throws {
    let model = try WaveNetModel.load(distillation.teacher)
    let teacher = model.configuration
    func check(_ what: String, _ own: String, _ student: String) throws {
      try distillation.distillation.check(what, own, student)
    }
    try check("sample rate", "\(model.sampleRate) Hz", "\(sampleRate) Hz")
    func output(_ c: WaveNetConfiguration) -> String {
      c.output == .softmax ? "\(c.classes) classes" : "a mixture on \(c.companding.levels) levels"
    }
    try check("output", output(teacher), output(student))
    try check("pre-emphasis", "\(teacher.preemphasis)", "\(student.preemphasis)")
    func sets(_ c: WaveNetConfiguration) -> String {
      c.conditioning.labels.isEmpty ? "none" : c.conditioning.labelText
    }
    try check("labels", sets(teacher), sets(student))
    if distillation.soundSeconds != nil && teacher.conditioning.features != nil {
      throw TrainingFault.badPlan(
        field: "sound of the teacher",
        problem: "\(distillation.teacher) is conditioned on features, without which it generates nothing; leave it out")
    }
    if distillation.targets != nil && teacher.output != .softmax {
      throw TrainingFault.badPlan(
        field: "targets",
        problem: "\(distillation.teacher) has mixtures, which are no probabilities to keep; leave it out")
    }
    if distillation.targets != nil && distillation.hint > 0 {
      throw TrainingFault.badPlan(
        field: "targets", problem: "stored probabilities have no skip sums, of which hints are; leave one out")
    }
    func features(_ c: WaveNetConfiguration) -> String { c.conditioning.features?.text ?? "none" }
    try check("features", features(teacher), features(student))
    (self.model, self.distillation) = (model, distillation)
    fingerprint = model.parameters.fingerprint
    hint =
      distillation.hint > 0
      ? SkipHint(
        weight: distillation.hint, studentChannels: student.bodyChannels, teacherChannels: teacher.bodyChannels) : nil
  }

  /// The teacher's outputs, and its skip sums unless the outputs are stored ones.
  typealias Lesson = (outputs: Tensor<Float>, skipSums: Tensor<Float>?)

  /// A forward pass.
  ///
  /// - Parameter input: makes the input of the teacher.
  func lesson(_ input: (WaveNet) -> WaveNetInput, workspace: Workspace) -> Lesson {
    let network = model.network
    let pass = Pass(model.parameters, recording: false, workspace: workspace)
    let sums = network.skipSums(input(network), pass)
    return (network.logits(ofSkipSums: sums, pass).value, sums.value)
  }

  /// The loss of outputs against those of the teacher: the divergence of classes, or the loss of samples of its mixtures.
  ///
  /// - Parameters:
  ///   - weights: of the steps.
  ///   - pass: of the student; its seed is that of samples from the teacher's mixtures.
  func loss(
    _ outputs: Variable<Float>, expected: Tensor<Float>, weights: [Float], student: WaveNet, _ pass: Pass<Float>
  ) -> Variable<Float> {
    guard let learned = student.configuration.mixture, let mixture = model.configuration.mixture else {
      return outputs.divergence(from: expected, temperature: Float(distillation.temperature), weights: weights)
    }
    var seed: UInt64 = 0
    if case .training(let own) = pass.phase { seed = own }
    var random = Philox(seed: seed, stream: 1 << 32)
    let targets = expected.withUnsafeBuffer { numbers in
      stride(from: 0, to: numbers.count, by: mixture.channels).map { row in
        Int32(mixture.draw(numbers.baseAddress! + row, temperature: 1, random: &random))
      }
    }
    return outputs.mixtureLoss(learned, targets: targets, weights: weights)
  }
}
