import KodamaCheckpoints

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

/// The measures of a sample of the network's output.
public struct SampleReport: Sendable, Equatable {
  /// The step after which it was made.
  public let step: Int
  /// Of the sample. Reports have only finite values: what has no value is left out.
  public let generated: [MeasuredValue]
  /// Of what the network learns from.
  public let recorded: [MeasuredValue]

  /// A report.
  public init(step: Int, generated: [MeasuredValue] = [], recorded: [MeasuredValue] = []) {
    self.step = step
    self.generated = generated
    self.recorded = recorded
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
  /// A checkpoint is better on held-out data than all before it.
  case best(BestCheckpoint)
  /// Other work than steps is under way: what it is, and the share of it that is done.
  case working(String, share: Double)
  /// A generated sample was written.
  case sample(SampleReport, path: String)
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
  /// The step after which it was done last; nil where that is not known, 0 for never.
  public internal(set) var lastStep: Int?
  /// The work; passes events on to observers.
  public let body: (TrainingState, _ notify: (TrainingEvent) throws -> Void) throws -> Void

  /// Work for every `interval` steps.
  ///
  /// - Parameters:
  ///   - atEnd: whether it is also done after the last step.
  ///   - lastStep: the step after which an earlier session did it last, 0 for never: that is not repeated, and if the
  ///     session ended before work that was due, it is done first. Nil where that is not known.
  public init(
    every interval: Int, atEnd: Bool = true, lastStep: Int? = nil,
    _ body: @escaping (TrainingState, _ notify: (TrainingEvent) throws -> Void) throws -> Void
  ) {
    self.interval = max(1, interval)
    self.atEnd = atEnd
    self.lastStep = lastStep
    self.body = body
  }

  /// Whether it is to be done after a step.
  func isDue(after step: Int) -> Bool { step > 0 && step % interval == 0 && step != lastStep }
}
