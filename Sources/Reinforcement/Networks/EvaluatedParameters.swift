import KodamaLayers
import KodamaTensors

/// Parameters of a learner, and how they did in the episodes of an evaluation.
public struct EvaluatedParameters: Sendable, Equatable {
  /// The parameters.
  public let parameters: Parameters<Float>
  /// The mean reward of the episodes.
  public let reward: Double
  /// The updates that led to the parameters.
  public let updates: Int

  /// Plays episodes by some actions, and takes their mean reward.
  ///
  /// - Throws: `ReinforcementFault` for a count below 1 or a reward that is not finite, and the errors of `actions`.
  init<E: Environment>(
    _ parameters: Parameters<Float>, updates: Int, _ environment: E, episodes count: Int, seed: UInt64,
    maximumSteps: Int, actions: (_ observations: [E.Observation]) throws -> [E.Action]
  ) throws {
    let episodes = try EpisodeTotals.episodes(
      of: environment, count: count, seed: seed, maximumSteps: maximumSteps, actions: actions)
    (self.parameters, self.updates) = (parameters, updates)
    reward = episodes.reduce(0) { $0 + $1.reward } / Double(count)
  }

  /// These, or earlier ones that did as well.
  func best(against earlier: EvaluatedParameters?) -> EvaluatedParameters {
    if let earlier, reward <= earlier.reward { earlier } else { self }
  }
}
