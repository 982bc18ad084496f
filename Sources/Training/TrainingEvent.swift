/// One step as it was taken.
public struct StepReport: Sendable, Equatable, Codable {
  /// The number of the step, from 1.
  public let step: Int
  /// Passes over the corpus so far, in part.
  public let epoch: Double
  /// Time spent training so far, in seconds.
  public let seconds: Double
  /// Mean loss of the step's batch in bits per sample.
  public let bitsPerSample: Double
  /// The learning rate of the step.
  public let learningRate: Double
  /// The norm of the gradients before clipping.
  public let gradientNorm: Double
  /// Samples taken in per second of this step, padding included.
  public let samplesPerSecond: Double

  /// Whether a log has the step that keeps one of `interval` steps, and the first.
  package func isLogged(every interval: Int) -> Bool { step % interval == 0 || step == 1 }
}

/// What happens in training.
public enum TrainingEvent: Sendable, Equatable {
  /// A step was taken.
  case step(StepReport)
  /// Held-out loss in bits per sample, of the weights and of their average.
  case validation(step: Int, raw: Double, average: Double?)
  /// The state was saved.
  case checkpoint(step: Int, path: String)
  /// Audio was generated.
  case sample(step: Int, path: String)
  /// The loss was not finite: training went back to a checkpoint and lowers its rate.
  case rollback(from: Int, to: Int, rateFactor: Double)
  /// Something in the run folder was to be removed and stays: it is not the run's, or cannot be removed.
  case left(path: String, reason: String)
}

/// Hears what happens in training, in order, on the training thread.
public protocol TrainingObserver: AnyObject {
  /// Called for every event.
  func trainingDid(_ event: TrainingEvent) throws
}

/// Something done every so many steps: validation, a sample of audio.
public struct PeriodicTask {
  /// Steps between two times.
  public let interval: Int
  /// Whether it is done after the last step too.
  public let atEnd: Bool
  /// What is done; returns what observers hear of it.
  public let body: (TrainingState) throws -> [TrainingEvent]

  /// A task for every `interval` steps.
  public init(every interval: Int, atEnd: Bool = true, _ body: @escaping (TrainingState) throws -> [TrainingEvent]) {
    self.interval = max(1, interval)
    self.atEnd = atEnd
    self.body = body
  }
}
