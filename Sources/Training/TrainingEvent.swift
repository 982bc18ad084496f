/// The report of one step.
public struct StepReport: Sendable, Equatable {
  /// The number of the step, from 1.
  public let step: Int
  /// Passes over the data so far, as a fraction.
  public let epoch: Double
  /// Time spent training so far, in seconds.
  public let seconds: Double
  /// The means over the step's batches: the loss first, then the task's other measures.
  public let values: [MeasuredValue]
  /// The learning rate of the step.
  public let learningRate: Double
  /// The norm of the gradients before clipping.
  public let gradientNorm: Double
  /// The speed of the step, padding included.
  public let speed: MeasuredValue

  /// The mean loss of the step's batches.
  public var loss: MeasuredValue { values[0] }

  /// Whether a log of every `interval`-th step, and the first, contains this step.
  package func isLogged(every interval: Int) -> Bool { step % interval == 0 || step == 1 }
}

/// The measures of held-out data.
public struct ValidationReport: Sendable, Equatable {
  /// The step after which it was measured.
  public let step: Int
  /// Measured with the weights of the step. Reports read from a log have only finite values.
  public let weights: [MeasuredValue]
  /// Measured with the averaged weights; empty without an average.
  public let average: [MeasuredValue]

  /// A report.
  public init(step: Int, weights: [MeasuredValue], average: [MeasuredValue] = []) {
    self.step = step
    self.weights = weights
    self.average = average
  }
}

/// A rollback to a checkpoint, because the loss was not finite.
public struct RollbackReport: Sendable, Equatable {
  /// The step that failed.
  public let from: Int
  /// The step that training resumed from.
  public let to: Int
}

extension [MeasuredValue] {
  /// The value of a measure; nil where there is none.
  public subscript(measure: Measure) -> Double? { first { $0.measure == measure }?.value }
}

/// An event of training.
public enum TrainingEvent: Sendable, Equatable {
  /// A step was taken.
  case step(StepReport)
  /// The held-out data was measured.
  case validation(ValidationReport)
  /// The state was saved.
  case checkpoint(step: Int, path: String)
  /// A generated sample was written.
  case sample(step: Int, path: String)
  /// The loss was not finite: training rolled back to a checkpoint and lowers its rate.
  case rollback(from: Int, to: Int, rateFactor: Double)
  /// A file in the run folder was not removed: it does not belong to the run, or cannot be removed.
  case left(path: String, reason: String)
}

/// Receives the events of training, in order, on the training thread.
public protocol TrainingObserver: AnyObject {
  /// Called for every event.
  func trainingDid(_ event: TrainingEvent) throws
}

/// Work done at regular intervals: validation, a sample of audio.
public struct PeriodicWork {
  /// The interval in steps.
  public let interval: Int
  /// Whether it is also done after the last step.
  public let atEnd: Bool
  /// The work; returns the events for observers.
  public let body: (TrainingState) throws -> [TrainingEvent]

  /// Work for every `interval` steps.
  public init(every interval: Int, atEnd: Bool = true, _ body: @escaping (TrainingState) throws -> [TrainingEvent]) {
    self.interval = max(1, interval)
    self.atEnd = atEnd
    self.body = body
  }
}
