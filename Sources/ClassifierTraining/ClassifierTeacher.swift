import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaLayers
import KodamaNetworks
import KodamaTensors
import KodamaTraining

/// The classifier that another one learns from. It computes the probabilities of the very examples of its student, with
/// their masks, noise and mixtures.
///
/// - Source: Hinton et al. 2015, "Distilling the knowledge in a neural network", §2; the mean over the label sets.
package struct ClassifierTeacher: Sendable {
  package let distillation: Distillation
  /// Of its weights.
  package let fingerprint: StableHash
  private let parameters: Parameters<Float>
  private let network: any ClassificationNetwork
  /// The head of each label set of the student.
  private let heads: [Int]

  /// A teacher of a student.
  ///
  /// - Parameter model: the teacher, which may be quantized: of its layers the weights are what their integers represent.
  /// - Throws: `TrainingFault.otherTeacher` where its rate, features, window or label sets are not those of the student.
  package init(
    _ distillation: Distillation, _ model: ClassifierModel, student: ClassifierConfiguration
  ) throws(TrainingFault) {
    let teacher = model.configuration
    try distillation.check("sample rate", "\(teacher.sampleRate) Hz", "\(student.sampleRate) Hz")
    for (field, own, other) in teacher.features.differences(from: student.features) {
      try distillation.check("\(field) of the features", own, other)
    }
    try distillation.check("window", "\(teacher.windowSeconds) s", "\(student.windowSeconds) s")
    let (own, others) = (Self.text(teacher.labels), Self.text(student.labels))
    try distillation.check("label sets", own, others)
    heads = student.labels.compactMap { set in teacher.labels.firstIndex { $0 == set } }
    // Labels with commas may be listed alike.
    if heads.count != student.labels.count || teacher.labels.count != student.labels.count {
      throw .otherTeacher(path: distillation.teacher, what: "label sets", teacher: own, student: others)
    }
    (self.distillation, parameters, network) = (distillation, model.parameters, teacher.layers)
    fingerprint = model.parameters.fingerprint
  }

  /// Label sets in the order of their names.
  private static func text(_ sets: [LabelSet]) -> String {
    sets.sorted { $0.name < $1.name }.map { "\($0.name): \($0.values.joined(separator: ", "))" }.joined(separator: "; ")
  }

  /// The logits of the label sets of the student, [B, classes] for each.
  func logits(of maps: Tensor<Float>, workspace: Workspace) -> [Tensor<Float>] {
    let pass = Pass(parameters, recording: false, workspace: workspace)
    let outputs = network.outputs(pass.tape.constant(maps), pass)
    return heads.map { outputs.logits[$0].value }
  }

  /// The mean divergence of a student's logits of a label set.
  func divergence(of logits: Variable<Float>, from expected: Tensor<Float>) -> Variable<Float> {
    logits.divergence(
      from: expected, temperature: Float(distillation.temperature),
      weights: [Float](repeating: 1, count: logits.shape[0]))
  }
}
