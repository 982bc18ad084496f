import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import KodamaLayers

/// AlphaGo Zero: a network plays against itself, learns from its games, and becomes the player where it beats the best
/// network so far.
///
/// An iteration is games of the best network, steps of descent on the last games, and, every few iterations, a match
/// against the best network. What it does depends on the plan and on the share of the time that has passed alone, not on
/// threads.
///
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge". There the three parts go on side by
///   side on many machines; here one after the other.
public struct ZeroLearner: Sendable {
  /// The settings.
  public let plan: LearningPlan
  /// The network that learns.
  public internal(set) var descent: ZeroDescent
  /// The network that plays.
  public internal(set) var best: ZeroModel
  /// The last games.
  public internal(set) var window: ReplayWindow
  /// What is known so far.
  public internal(set) var progress: Progress
  private let workers: Workers

  /// The numbers of a state.
  public struct Progress: Sendable, Equatable {
    /// The iterations so far.
    public var iteration = 0
    /// The games so far, and their positions.
    public var games = 0, positions = 0
    /// The time so far, in seconds.
    public var seconds = 0.0
    /// The Elo rating of the best network; that of the first one is 0.
    public var elo = 0.0
    /// The iteration whose network is the best one; 0 for random weights.
    public var bestIteration = 0
    /// The value below which players resign; −1 for never.
    public var resignation = -1.0

    public init() {}
  }

  /// What an iteration did.
  public struct Report: Sendable, Equatable {
    /// The state after it.
    public var progress = Progress()
    /// The games that it played.
    public var games: [PlayedGame] = []
    /// The mean losses of the last tenth of its steps.
    public var last = ZeroDescent.Report()
    /// The number of steps, and the learning rate.
    public var steps = 0
    public var rate = 0.0
    /// The match against the best network; nil without one.
    public var match: NetworkMatch.Score?
    /// Of the played-out games in which the limit of resignation was crossed, the share that the player would not have
    /// lost; nil where it was not crossed.
    public var falseResignations: Double?
    /// Seconds of games, steps and the match.
    public var playSeconds = 0.0, stepSeconds = 0.0, matchSeconds = 0.0
  }

  /// What the learner is doing, for those who wait.
  public enum Stage: Sendable, Equatable {
    /// It has played some of the games.
    case games(Int, of: Int)
    /// It has taken some of the steps.
    case steps(Int, of: Int)
    /// It plays a match.
    case match(games: Int)
  }

  /// A learner with random weights.
  ///
  /// - Throws: `GoFault.setting`.
  public init(_ plan: LearningPlan, workers: Workers = .serial) throws {
    try plan.check()
    let model = ZeroModel(plan.architecture, seed: plan.seed)
    self.init(plan, ZeroDescent(model, workers: workers), best: model, Progress(), workers: workers)
  }

  init(_ plan: LearningPlan, _ descent: ZeroDescent, best: ZeroModel, _ progress: Progress, workers: Workers) {
    (self.plan, self.descent, self.best, self.progress, self.workers) = (plan, descent, best, progress, workers)
    window = ReplayWindow(capacity: plan.window, plan.game)
  }

  /// Games that threads play between two looks at whether to go on.
  private static let gamesTogether = 16

  /// Takes one iteration.
  ///
  /// - Parameters:
  ///   - share: of the time that has passed before it, 0 to 1, for the learning rate.
  ///   - observe: called as it goes on; false ends the iteration, which then did nothing.
  /// - Returns: nil where it was ended.
  /// - Throws: where the loss is not finite.
  public mutating func iterate(
    share: Double, observe: (Stage) -> Bool = { _ in true }
  ) throws -> Report? {
    var next = self
    guard let report = try next.advance(share, observe) else { return nil }
    self = next
    return report
  }

  private mutating func advance(_ share: Double, _ observe: (Stage) -> Bool) throws -> Report? {
    let clock = ContinuousClock()
    var report = Report()
    let begin = clock.now
    guard let games = try play(observe) else { return nil }
    report.games = games
    window.add(games)
    let played = clock.now
    report.rate = plan.rate(at: share)
    let new = games.reduce(0) { $0 + $1.moves.count }
    guard try learn(from: new, &report, observe) else { return nil }
    let learned = clock.now
    progress.iteration += 1
    progress.games += games.count
    progress.positions += new
    setResignation(games, &report)
    guard try compare(&report, observe) else { return nil }
    let end = clock.now
    report.playSeconds = (played - begin) / .seconds(1)
    report.stepSeconds = (learned - played) / .seconds(1)
    report.matchSeconds = (end - learned) / .seconds(1)
    progress.seconds += (end - begin) / .seconds(1)
    report.progress = progress
    return report
  }

  private func play(_ observe: (Stage) -> Bool) throws -> [PlayedGame]? {
    let selfPlay = SelfPlay(plan.selfPlay, size: plan.architecture.board, seed: plan.seed)
    let network = ZeroEvaluator(best)
    // Where the score counts, games are played to their end.
    let limit = progress.resignation > -1 && plan.architecture.scoreWeight == 0 ? progress.resignation : nil
    var games: [PlayedGame] = []
    while games.count < plan.games {
      if !observe(.games(games.count, of: plan.games)) { return nil }
      let first = progress.games + games.count
      games += try workers.map(parts: min(Self.gamesTogether, plan.games - games.count)) { part in
        Result { try selfPlay.play(first + part, network, resignation: limit) }
      }.map { try $0.get() }
    }
    return games
  }

  private mutating func learn(from new: Int, _ report: inout Report, _ observe: (Stage) -> Bool) throws -> Bool {
    report.steps = max(1, Int((Double(new) * plan.repetitions / Double(plan.batch)).rounded()))
    var random = Philox(seed: plan.seed, stream: StableHash("batches \(progress.iteration)").value)
    var losses: [ZeroDescent.Report] = []
    for step in 0..<report.steps {
      if !observe(.steps(step, of: report.steps)) { return false }
      losses.append(try descent.step(window.batch(plan.batch, using: &random), rate: report.rate))
    }
    report.last = Self.mean(losses.suffix(max(1, losses.count / 10)))
    return true
  }

  private static func mean(_ reports: ArraySlice<ZeroDescent.Report>) -> ZeroDescent.Report {
    var mean = ZeroDescent.Report()
    for report in reports {
      mean.policyLoss += report.policyLoss / Double(reports.count)
      mean.valueLoss += report.valueLoss / Double(reports.count)
      mean.entropy += report.entropy / Double(reports.count)
    }
    return mean
  }

  /// The share of games in which resigning may be wrong.
  private static let falseShare = 0.05
  /// No value above this is a reason to resign.
  private static let highestLimit = -0.8

  /// Sets the value for resigning to where 5 % of the players who did not lose a game that was played out had fallen below
  /// it.
  private mutating func setResignation(_ games: [PlayedGame], _ report: inout Report) {
    let playedOut = window.games.suffix(20 * plan.games).filter(\.isPlayedOut)
    let lowest = playedOut.flatMap { game -> [Double] in
      switch game.result {
      case 0: game.lowest
      case 1: [game.lowest[0]]
      default: [game.lowest[1]]
      }
    }.sorted()
    let limit = progress.resignation
    if limit > -1 {
      let wrong = games.filter(\.isPlayedOut).map { game in
        (0..<2).filter { game.lowest[$0] < limit }.map { game.result == 0 || (game.result == 1) == ($0 == 0) }
      }.flatMap { $0 }
      if !wrong.isEmpty { report.falseResignations = Double(wrong.count { $0 }) / Double(wrong.count) }
    }
    // Where the score counts nobody resigns, and too few games tell nothing.
    guard plan.architecture.scoreWeight == 0, lowest.count >= 40 else { return }
    progress.resignation = min(Self.highestLimit, lowest[Int(Double(lowest.count) * Self.falseShare)])
  }

  private mutating func compare(_ report: inout Report, _ observe: (Stage) -> Bool) throws -> Bool {
    if plan.matchGames == 0 {
      (best, progress.bestIteration) = (descent.model, progress.iteration)
      return true
    }
    guard progress.iteration % plan.matchInterval == 0 else { return true }
    if !observe(.match(games: plan.matchGames)) { return false }
    let seed = plan.seed ^ StableHash("matches \(progress.iteration)").value
    let match = NetworkMatch(plan.selfPlay, size: plan.architecture.board, seed: seed)
    let score = try match.play(
      ZeroEvaluator(descent.model), ZeroEvaluator(best), games: plan.matchGames, workers: workers)
    report.match = score
    if score.share >= plan.threshold {
      progress.elo += score.elo
      (best, progress.bestIteration) = (descent.model, progress.iteration)
    }
    return true
  }
}
