import KodamaCore
import KodamaTraining

/// Learns by the policy gradient, and writes what it does into the folder of its run.
public struct PolicyGradientLoop: Sendable {
  /// The folder.
  public let run: PolicyGradientRun
  /// The iterations, those of earlier runs among them.
  public let iterations: Int
  /// The iterations between two times that the state is written.
  public let interval: Int
  private let workers: Workers

  /// A loop.
  public init(_ run: PolicyGradientRun, iterations: Int, interval: Int = 25, workers: Workers = .serial) {
    (self.run, self.iterations, self.interval, self.workers) = (run, iterations, max(1, interval), workers)
  }

  /// Runs to the end, or until `shouldStop` returns true; the state is written then too.
  ///
  /// - Parameters:
  ///   - observe: receives the sums of the iterations since the state was last written.
  ///   - shouldStop: asked after each iteration.
  /// - Returns: whether all iterations are done.
  /// - Throws: `TrainingFault.locked` where another process learns in the folder; what reading and writing the run throws;
  ///   where a gradient is not finite.
  public func run(
    _ observe: (PolicyGradient.Report) throws -> Void, shouldStop: () -> Bool = { false }
  ) throws -> Bool {
    let lock = try RunLock(run.path)
    defer { withExtendedLifetime(lock) {} }
    var learner = try run.learner(workers: workers)
    var sum = PolicyGradient.Report()
    while learner.iteration < iterations {
      let report = try learner.iterate()
      sum.add(report)
      let stops = shouldStop()
      guard stops || report.iteration % interval == 0 || report.iteration == iterations else { continue }
      // What is resumed from the state before replaces the entry.
      try run.log.append(LearningEntry(sum))
      try run.write(learner)
      try observe(sum)
      sum = PolicyGradient.Report()
      if stops { return learner.iteration >= iterations }
    }
    return true
  }
}

extension PolicyGradient.Report {
  /// Adds the games of a later iteration.
  mutating func add(_ other: PolicyGradient.Report) {
    let all = moves + other.moves
    if all > 0 { entropy = (entropy * Double(moves) + other.entropy * Double(other.moves)) / Double(all) }
    iteration = other.iteration
    (won, lost, drawn, moves) = (won + other.won, lost + other.lost, drawn + other.drawn, all)
  }

  /// The games.
  public var games: Int { won + lost + drawn }
  /// The share of points that the network won, an equal score half.
  public var share: Double { (Double(won) + Double(drawn) / 2) / Double(max(1, games)) }
}

extension LearningEntry {
  /// What some iterations of the policy gradient did.
  init(_ report: PolicyGradient.Report) {
    self.init(
      iteration: report.iteration,
      [
        Value(name: "games", value: Double(report.games)), Value(name: "share", value: report.share),
        Value(name: "movesPerGame", value: Double(report.moves) / Double(max(1, report.games))),
        Value(name: "entropy", value: report.entropy),
      ])
  }
}
