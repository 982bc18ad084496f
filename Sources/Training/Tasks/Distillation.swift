import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

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

  /// The settings in files.
  package static let fields: ConfigurationFields<Distillation> = [
    .init("teacher", \.teacher, .text, "A model that the network learns from"),
    .init(
      "share", \.share, .number(AllowedValues("in (0, 1]") { $0 > 0 && $0 <= 1 }),
      "The share of the teacher in the loss", .optional),
    .init(
      "temperature", \.temperature, .number(AllowedValues("a positive number up to 100") { $0 > 0 && $0 <= 100 }),
      "The temperature at which classes are compared", .optional),
  ]

  /// The loss with the teacher's share in it.
  package func mix(recorded: Variable<Float>, taught: Variable<Float>) -> Variable<Float> {
    let share = Float(share)
    return recorded * (1 - share) + taught * share
  }

  /// Throws where a property of the teacher is not that of its student.
  ///
  /// - Throws: `TrainingFault.otherTeacher`.
  package func check(_ what: String, _ teacher: String, _ student: String) throws(TrainingFault) {
    if teacher == student { return }
    throw .otherTeacher(path: self.teacher, what: what, teacher: teacher.excerpt(400), student: student.excerpt(400))
  }

  /// The differences of a run's distillation from an earlier one that affect the resulting weights: the teacher is compared
  /// by its weights, wherever they are.
  package static func changes(
    from earlier: (settings: Distillation?, teacher: StableHash?),
    to now: (settings: Distillation?, teacher: StableHash?)
  ) -> [String] {
    var changes: [String] = []
    if now.teacher != earlier.teacher { changes.append("another teacher, or its weights changed") }
    if now.settings?.share != earlier.settings?.share || now.settings?.temperature != earlier.settings?.temperature {
      changes.append("another share or temperature of the teacher")
    }
    return changes
  }
}

extension Parameters<Float> {
  /// The fingerprint of the weights.
  package var fingerprint: StableHash {
    var state = StableHash.State()
    for name in names { state.combine(self[name].elements) }
    return state.hash
  }
}
