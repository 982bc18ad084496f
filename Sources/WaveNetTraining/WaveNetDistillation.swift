import KodamaCheckpoints
import KodamaTraining

/// What a WaveNet learns from another one: its probabilities, and on request its skip sums, and its own sound.
///
/// Stored probabilities are those over whole recordings; without them the teacher computes those of each crop, whose earlier
/// history is zero.
@dynamicMemberLookup
public struct WaveNetDistillation: Sendable, Equatable {
  /// The teacher, its share and the temperature, whose members are also members of this value.
  public var distillation: Distillation
  /// The weight of the teacher's skip sums in the loss (see `SkipHint`); 0 for none.
  public var hint = 0.0
  /// The length of sound in seconds that the teacher generates before the first step, of whose probabilities alone the
  /// network learns there; nil for none.
  public var soundSeconds: Double?
  /// A folder where the teacher's probabilities are kept (see `TargetFile`), for this and for other students; nil for
  /// computing them in every step.
  public var targets: String?

  /// Learning from a teacher.
  public init(
    _ distillation: Distillation, hint: Double = 0, soundSeconds: Double? = nil, targets: String? = nil
  ) {
    (self.distillation, self.hint, self.soundSeconds) = (distillation, hint, soundSeconds)
    self.targets = targets
  }

  /// Learning from a model folder, a checkpoint or a run.
  public init(
    teacher: String, share: Double = 0.7, temperature: Double = 2, hint: Double = 0, soundSeconds: Double? = nil,
    targets: String? = nil
  ) {
    self.init(
      Distillation(teacher: teacher, share: share, temperature: temperature), hint: hint, soundSeconds: soundSeconds,
      targets: targets)
  }

  /// A member of the distillation.
  public subscript<Value>(dynamicMember member: WritableKeyPath<Distillation, Value>) -> Value {
    get { distillation[keyPath: member] }
    set { distillation[keyPath: member] = newValue }
  }

  /// The weight of hints unless there are none, which documents leave out.
  private var otherHint: Double? {
    get { hint == 0 ? nil : hint }
    set { hint = newValue ?? 0 }
  }

  /// All are in one object.
  static let fields: ConfigurationFields<WaveNetDistillation> =
    Distillation.fields.lifted(\.distillation) + [
      .init(
        "hint", \.otherHint, .number(AllowedValues("0 to 1000") { (0...1000).contains($0) }),
        "The weight of the teacher's skip sums in the loss; null: 0"),
      .init(
        "sound_seconds", \.soundSeconds,
        .number(AllowedValues("1 to 1e6 s", unit: " s") { (1...1e6).contains($0) }),
        "The length of sound that the teacher generates to learn from, in seconds; null: none",
        name: "sound of the teacher"),
      .init("targets", \.targets, .text, "A folder where the teacher's probabilities are kept; null: none are"),
    ]

  /// The differences from an earlier one that affect the resulting weights, besides those of its `distillation`.
  static func changes(from earlier: WaveNetDistillation?, to now: WaveNetDistillation?) -> [String] {
    (now?.hint == earlier?.hint ? [] : ["another weight of hints"])
      + (now?.soundSeconds == earlier?.soundSeconds ? [] : ["another length of the teacher's sound"])
      + ((now?.targets == nil) == (earlier?.targets == nil)
        ? [] : ["the teacher's probabilities are \(now?.targets == nil ? "no longer" : "now") stored ones"])
  }
}
