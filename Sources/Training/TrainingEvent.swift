/// One step as it was taken.
public struct StepReport: Sendable, Equatable {
  /// The number of the step, from 1.
  public let step: Int
  /// Passes over the data so far, in part.
  public let epoch: Double
  /// Time spent training so far, in seconds.
  public let seconds: Double
  /// The means over the step's batches: the loss first, then the task's other measures.
  public let values: [MeasuredValue]
  /// The learning rate of the step.
  public let learningRate: Double
  /// The norm of the gradients before clipping.
  public let gradientNorm: Double
  /// How much data the step took in per second, padding included.
  public let speed: MeasuredValue

  /// The mean loss of the step's batches.
  public var loss: MeasuredValue { values[0] }

  /// Whether a log has the step that keeps one of `interval` steps, and the first.
  package func isLogged(every interval: Int) -> Bool { step % interval == 0 || step == 1 }
}

/// What was measured on data that is held out.
public struct ValidationReport: Sendable, Equatable {
  /// After which step.
  public let step: Int
  /// Measured with the weights of the step. Read from a log, those that were finite.
  public let weights: [MeasuredValue]
  /// Measured with the average of weights; empty where none is kept.
  public let average: [MeasuredValue]

  /// A report.
  public init(step: Int, weights: [MeasuredValue], average: [MeasuredValue] = []) {
    self.step = step
    self.weights = weights
    self.average = average
  }
}

/// A return to a checkpoint, because the loss was not finite.
public struct RollbackReport: Sendable, Equatable {
  /// The step that failed.
  public let from: Int
  /// The step that training went on from.
  public let to: Int
}

extension [MeasuredValue] {
  /// The value of a measure; nil where there is none.
  public subscript(measure: Measure) -> Double? { first { $0.measure == measure }?.value }
}

/// What happens in training.
public enum TrainingEvent: Sendable, Equatable {
  /// A step was taken.
  case step(StepReport)
  /// What is held out was measured.
  case validation(ValidationReport)
  /// The state was saved.
  case checkpoint(step: Int, path: String)
  /// A sample of what the network makes was written.
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
public struct PeriodicWork {
  /// Steps between two times.
  public let interval: Int
  /// Whether it is done after the last step too.
  public let atEnd: Bool
  /// What is done; returns what observers hear of it.
  public let body: (TrainingState) throws -> [TrainingEvent]

  /// Work for every `interval` steps.
  public init(every interval: Int, atEnd: Bool = true, _ body: @escaping (TrainingState) throws -> [TrainingEvent]) {
    self.interval = max(1, interval)
    self.atEnd = atEnd
    self.body = body
  }
}
