import GoNetworks
import KodamaCore
import KodamaTraining

/// When a run of learning ends.
public enum LearningLimit: Sendable, Equatable {
  /// After a time, in seconds, of which the run has used some before.
  case seconds(Double)
  /// After a number of iterations.
  case iterations(Int)
}

/// Runs a learner, and writes what it does into the folder of its run after every iteration.
public struct LearningLoop: Sendable {
  /// The folder.
  public let run: LearningRun
  /// When it ends.
  public let limit: LearningLimit
  private let workers: Workers

  /// What happens, for those who wait.
  public enum Event: Sendable {
    /// The learner is at work on an iteration.
    case stage(iteration: Int, ZeroLearner.Stage)
    /// An iteration is complete and written.
    case iteration(ZeroLearner.Report)
  }

  /// How it ended.
  public enum Ending: Sendable, Equatable {
    /// The limit is reached.
    case complete
    /// The observer ended it.
    case interrupted
  }

  /// A loop.
  public init(_ run: LearningRun, _ limit: LearningLimit, workers: Workers = .serial) {
    (self.run, self.limit, self.workers) = (run, limit, workers)
  }

  /// Runs to the end.
  ///
  /// - Parameter observe: called as it goes on; false ends it, and the iteration that is not complete is lost.
  /// - Throws: `TrainingFault.locked` where another process learns in the folder; what reading and writing the run throws;
  ///   where the loss is not finite.
  public func run(_ observe: (Event) -> Bool = { _ in true }) throws -> Ending {
    let lock = try RunLock(run.path)
    defer { withExtendedLifetime(lock) {} }
    var learner = try run.learner(workers: workers)
    // The process may have ended after the last iteration was written, and before its network was.
    if learner.progress.iteration > 0 { try run.writeBest(learner) }
    let events = try LearningEvents(run, after: learner.progress.iteration)
    var last = 0.0
    while let share = share(learner.progress, last) {
      let iteration = learner.progress.iteration + 1
      guard let report = try learner.iterate(share: share, observe: { observe(.stage(iteration: iteration, $0)) })
      else {
        return .interrupted
      }
      last = report.playSeconds + report.stepSeconds + report.matchSeconds
      try run.write(learner, report)
      try events.append(LearningEntry(report))
      try LearningPage(run, report.games).write()
      if !observe(.iteration(report)) { return .interrupted }
    }
    return .complete
  }

  /// The share of the whole that is done; nil at the end.
  ///
  /// - Parameter last: the seconds of the last iteration. The next one begins where at least half of it fits.
  private func share(_ progress: ZeroLearner.Progress, _ last: Double) -> Double? {
    switch limit {
    case .iterations(let count): progress.iteration < count ? Double(progress.iteration) / Double(count) : nil
    case .seconds(let seconds): progress.seconds + last / 2 < seconds ? progress.seconds / seconds : nil
    }
  }
}
