/// What a method of learning needs and does, for choosing one and for documentation.
public struct LearningMethod: Sendable, Equatable {
  /// Its name.
  public let name: String
  /// Whether transition probabilities and rewards must be known.
  public let needsModel: Bool
  /// Whether it learns the values of a policy from the episodes of another.
  public let isOffPolicy: Bool
  /// Whether it learns the values of states or actions; else a policy directly.
  public let learnsValues: Bool
  /// Whether estimates are moved towards other estimates.
  public let bootstraps: Bool
  /// Whether it learns at the end of an episode only.
  public let waitsForEnd: Bool
  /// Whether it learns from batches of steps.
  public let takesBatches: Bool
  /// The section of Sutton and Barto 2018; nil where the book does not have the method.
  public let section: String?

  private init(
    _ name: String, _ section: String?, model: Bool = false, off: Bool = false, values: Bool = true,
    bootstraps: Bool, waits: Bool = false, batches: Bool = false
  ) {
    (self.name, self.section, needsModel, isOffPolicy) = (name, section, model, off)
    (learnsValues, self.bootstraps, waitsForEnd, takesBatches) = (values, bootstraps, waits, batches)
  }

  /// The methods of this module.
  public static let all = [
    LearningMethod("Policy evaluation", "4.1", model: true, bootstraps: true),
    LearningMethod("Policy iteration", "4.3", model: true, bootstraps: true),
    LearningMethod("Value iteration", "4.4", model: true, bootstraps: true),
    LearningMethod("Monte Carlo prediction", "5.1", bootstraps: false, waits: true),
    LearningMethod("Monte Carlo control", "5.3", bootstraps: false, waits: true),
    LearningMethod("Off-policy Monte Carlo prediction", "5.5", off: true, bootstraps: false, waits: true),
    LearningMethod("Off-policy Monte Carlo control", "5.7", off: true, bootstraps: false, waits: true),
    LearningMethod("TD(0)", "6.1", bootstraps: true),
    LearningMethod("SARSA", "6.4", bootstraps: true),
    LearningMethod("Q-learning", "6.5", off: true, bootstraps: true),
    LearningMethod("Expected SARSA", "6.6", bootstraps: true),
    LearningMethod("Double Q-learning", "6.7", off: true, bootstraps: true),
    LearningMethod("n-step TD", "7.1", bootstraps: true),
    LearningMethod("n-step SARSA", "7.2", bootstraps: true),
    LearningMethod("Semi-gradient SARSA", "10.1", bootstraps: true),
    LearningMethod("Semi-gradient Q-learning", "11.1", off: true, bootstraps: true),
    LearningMethod("TD(λ)", "12.2", bootstraps: true),
    LearningMethod("SARSA(λ)", "12.7", bootstraps: true),
    LearningMethod("REINFORCE", "13.3", values: false, bootstraps: false, waits: true),
    LearningMethod("REINFORCE with baseline", "13.4", values: false, bootstraps: false, waits: true),
    LearningMethod("Actor-critic", "13.5", values: false, bootstraps: true),
    LearningMethod("Actor-critic with average reward", "13.6", values: false, bootstraps: true),
    LearningMethod("Deep Q-network", "16.5", off: true, bootstraps: true, batches: true),
    LearningMethod("Advantage actor-critic", nil, values: false, bootstraps: true, batches: true),
    LearningMethod("Proximal policy optimization", nil, values: false, bootstraps: true, batches: true),
  ]

  /// The methods as rows of a table in Markdown.
  public static var table: String {
    func mark(_ flag: Bool) -> String { flag ? "yes" : "no" }
    let head = "| method | section | needs a model | off-policy | learns | bootstraps | learns at |\n"
    let rule = "| --- | --- | --- | --- | --- | --- | --- |\n"
    return all.reduce(head + rule) { text, method in
      text + "| \(method.name) | \(method.section ?? "—") | \(mark(method.needsModel)) | \(mark(method.isOffPolicy)) "
        + "| \(method.learnsValues ? "values" : "a policy") | \(mark(method.bootstraps)) | \(method.time) |\n"
    }
  }

  /// When it learns.
  private var time: String {
    needsModel ? "no episode" : waitsForEnd ? "the end" : takesBatches ? "batches of steps" : "each step"
  }
}
