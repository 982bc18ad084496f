import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// What a network learns from another one beside the recordings.
///
/// - Source: Hinton et al. 2015, "Distilling the knowledge in a neural network". Of mixtures, whose divergence has no closed
///   form, the teacher draws a sample at each step, of which the student learns: the same in the mean.
public struct Distillation: Sendable, Equatable {
  /// The folder of the teacher.
  public var teacher: String
  /// The share of the teacher in the loss; the rest is that of the recordings.
  public var share: Double
  /// The temperature at which the classes of both are compared; of mixtures always 1.
  public var temperature: Double

  /// Learning from a model folder, a checkpoint or a run.
  public init(teacher: String, share: Double = 0.7, temperature: Double = 2) {
    (self.teacher, self.share, self.temperature) = (teacher, share, temperature)
  }

  static let fields: ConfigurationFields<Distillation> = [
    .init("teacher", \.teacher, .text, "A model that the network learns from"),
    .init(
      "share", \.share, .number(AllowedValues("in (0, 1]") { $0 > 0 && $0 <= 1 }),
      "The share of the teacher in the loss", .optional),
    .init(
      "temperature", \.temperature, .number(AllowedValues("a positive number up to 100") { $0 > 0 && $0 <= 100 }),
      "The temperature at which classes are compared", .optional),
  ]
}

/// The model that a network learns from.
package struct Teacher: Sendable {
  private let model: WaveNetModel
  private let distillation: Distillation
  /// Of its weights.
  package let fingerprint: StableHash

  /// Loads the teacher of settings.
  ///
  /// - Parameter student: the architecture, with the labels of the corpus.
  /// - Throws: `FileFault`, `CheckpointFault`, `WaveNetFault`; `WaveNetFault.otherTeacher` where its rate, output,
  ///   pre-emphasis, labels or features are not those of the student.
  package init(_ distillation: Distillation, student: WaveNetConfiguration, sampleRate: Int) throws {
    let (model, path) = (try WaveNetModel.load(distillation.teacher), distillation.teacher)
    let teacher = model.configuration
    func check(_ what: String, _ own: String, _ expected: String) throws {
      if own != expected { throw WaveNetFault.otherTeacher(path: path, what: what, teacher: own, student: expected) }
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
    func features(_ c: WaveNetConfiguration) -> String { c.conditioning.features?.text ?? "none" }
    try check("features", features(teacher), features(student))
    (self.model, self.distillation) = (model, distillation)
    var state = StableHash.State()
    for name in model.parameters.names { state.combine(model.parameters[name].elements) }
    fingerprint = state.hash
  }

  /// The loss of outputs with the teacher's share in it.
  ///
  /// - Parameters:
  ///   - recorded: the loss of the recordings.
  ///   - pass: of the student; its seed is that of samples from the teacher's mixtures.
  ///   - input: makes the input of the teacher.
  func loss(
    _ outputs: Variable<Float>, recorded: Variable<Float>, weights: [Float], student: WaveNet, _ pass: Pass<Float>,
    input: (WaveNet) -> WaveNetInput
  ) -> Variable<Float> {
    let network = model.network
    let own = Pass(model.parameters, recording: false, workspace: outputs.tape.workspace)
    let expected = network.logits(input(network), own).value
    let share = Float(distillation.share)
    let taught: Variable<Float>
    if let learned = student.configuration.mixture, let mixture = network.configuration.mixture {
      var seed: UInt64 = 0
      if case .training(let own) = pass.phase { seed = own }
      var random = Philox(seed: seed, stream: 1 << 32)
      let targets = expected.withUnsafeBuffer { numbers in
        stride(from: 0, to: numbers.count, by: mixture.channels).map { row in
          Int32(mixture.draw(numbers.baseAddress! + row, temperature: 1, random: &random))
        }
      }
      taught = outputs.mixtureLoss(learned, targets: targets, weights: weights)
    } else {
      taught = outputs.divergence(from: expected, temperature: Float(distillation.temperature), weights: weights)
    }
    return recorded * (1 - share) + taught * share
  }
}
