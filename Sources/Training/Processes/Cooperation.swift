import KodamaCheckpoints

/// How several processes that train one network work together.
public struct Cooperation: Sendable, Equatable {
  /// When they exchange what.
  public enum Mode: String, Sendable, CaseIterable {
    /// All gradients of every step are added up before anyone goes on: the result is that of one process.
    case synchronous
    /// Each process takes steps by itself, on its share of every batch, and all weights are averaged now and then.
    case local
    /// The first process has the weights; the others fetch them, compute the gradients of a step, and send these back,
    /// without waiting for each other.
    case asynchronous
  }

  /// When they exchange what.
  public var mode: Mode
  /// Steps between two averages of local steps.
  public var localSteps: Int
  /// Whether the rate of an asynchronous step is divided by its staleness: the steps that others took since its weights were
  /// fetched.
  public var isStalenessAware: Bool

  /// Processes that work together.
  public init(_ mode: Mode = .synchronous, localSteps: Int = 8, isStalenessAware: Bool = true) {
    (self.mode, self.localSteps, self.isStalenessAware) = (mode, localSteps, isStalenessAware)
  }

  /// The settings.
  static let fields: ConfigurationFields<Cooperation> = [
    .init("mode", \.mode, .choice, "When processes exchange what"),
    .init("local_steps", \.localSteps, .integer(.between(1...1_000_000)), "Steps between two averages", .optional),
    .init(
      "staleness_aware", \.isStalenessAware, .flag, "Whether the rate of a step is divided by its staleness", .optional),
  ]
}
