import ArgumentParser
import GoGame
import GoLearning
import KodamaCore
import KodamaReinforcement

struct Learn: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn", abstract: "Learn to play from games against oneself, as AlphaGo Zero does.",
    discussion: """
      RUN is a folder for the networks, the games, a log, events for TensorBoard and report.html. The best network so far is \
      in RUN/best, and kodama-go gtp --network RUN plays with it. Control-C ends the run after the iterations that are \
      complete; --resume goes on with it.
      """)

  @Argument(
    help: ArgumentHelp("A new folder, or that of a run with --resume.", valueName: "run"), completion: .directory)
  var folder: String
  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("How long to learn, with the time before an interruption: 20m, 2h.", valueName: "time"))
  var time: String?
  @Option(help: "How many iterations to learn for, instead of --for.") var iterations: Int?
  @Flag(help: "Go on with a run; only --for, --iterations and --threads can be given anew.") var resume = false
  @OptionGroup var board: BoardOption
  @Option(help: "Points for white (default: 24 on 5x5, 9 on 7x7, else 7.5).") var komi: Double?
  @Option(help: "Residual blocks of the network (default: 4).") var blocks: Int?
  @Option(help: "Channels of the network (default: 32).") var channels: Int?
  @Option(help: "Visits before each move (default: 80).") var visits: Int?
  @Option(help: "Games of an iteration (default: 250).") var games: Int?
  @Option(
    help: "Games of a match against the best network; 0 for none, so that the last network always plays (default: 40).")
  var matchGames: Int?
  @Option(help: "Iterations between two matches (default: 2).") var matchInterval: Int?
  @Option(help: "Positions from which batches are drawn: those of the last games (default: 80000).") var window: Int?
  @Option(help: "Positions of a batch (default: 128).") var batch: Int?
  @Option(help: "How often a position is drawn for each new one (default: 5).") var repetitions: Double?
  @Option(help: "The learning rate; a tenth of it after 60 % of the time, a hundredth after 85 % (default: 0.1).")
  var rate: Double?
  @Option(help: "c of the search's formula (default: 1).") var exploration: Double?
  @Option(
    help: """
      The value of moves without a visit in a search: zero, as the paper has it, or mean, a little less than the mean value of \
      the position (default: mean).
      """)
  var firstPlay: FirstPlay?
  @Option(
    help: """
      The share of the score in what games are worth, 0 to 1; the rest is who won. Without 0, which is the paper's, nobody \
      resigns (default: 0.5).
      """)
  var scoreWeight: Double?
  @Flag(help: "Consider moves that fill own eyes too, as the paper does.") var fillEyes = false
  @Option(help: "The seed of everything random (default: 1).") var seed: UInt64?
  @Option(help: "Threads; what is learned does not depend on them (default: all processors).") var threads: Int?
  @Flag(help: "Print no line for each iteration.") var quiet = false

  func validate() throws {
    if (time == nil) == (iterations == nil) { throw ValidationError("give --for or --iterations") }
    if let time, (Duration(argument: time)?.inSeconds ?? 0) <= 0 {
      throw ValidationError("--for \(time) is not a length of time such as 90s, 15m, 2h, 1h30m or 1d")
    }
    if let iterations, iterations < 1 { throw ValidationError("--iterations must be at least 1") }
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    if resume && hasSettings { throw ValidationError("--resume takes its settings from RUN/plan.json") }
  }

  private var hasSettings: Bool {
    komi != nil || blocks != nil || channels != nil || visits != nil || games != nil || matchGames != nil
      || matchInterval != nil || window != nil || batch != nil || repetitions != nil || rate != nil
      || exploration != nil || firstPlay != nil || scoreWeight != nil || fillEyes || seed != nil || board.board != 9
  }

  private var plan: LearningPlan {
    var plan = LearningPlan(board: board.board)
    func set<T>(_ path: WritableKeyPath<LearningPlan, T>, _ value: T?) { if let value { plan[keyPath: path] = value } }
    set(\.komi, komi)
    set(\.architecture.blocks, blocks)
    set(\.architecture.channels, channels)
    set(\.visits, visits)
    set(\.games, games)
    set(\.matchGames, matchGames)
    set(\.matchInterval, matchInterval)
    set(\.window, window)
    set(\.batch, batch)
    set(\.repetitions, repetitions)
    set(\.rate, rate)
    set(\.exploration, exploration)
    set(\.firstPlay, firstPlay)
    set(\.architecture.scoreWeight, scoreWeight)
    set(\.fillsEyes, fillEyes ? true : nil)
    set(\.seed, seed)
    return plan
  }

  func run() throws {
    let workers = threads.map { Workers(threads: $0) } ?? .all
    let run = try resume ? LearningRun(path: folder) : LearningRun(new: folder, plan)
    let limit: LearningLimit =
      time.flatMap { Duration(argument: $0) }.map { .seconds($0.inSeconds) } ?? .iterations(iterations ?? 1)
    Interruption.listen()
    var line = ProgressLine()
    let status = try LearningLoop(run, limit, workers: workers).run { event in
      switch event {
      case .stage(let iteration, let stage): line.show("iteration \(iteration): \(stage.text)")
      case .iteration(let report):
        line.clear()
        if !quiet { Main.report(LearningText.line(report)) }
      }
      return !Interruption.isRequested
    }
    line.clear()
    if status == .interrupted {
      Main.report(
        "interrupted: the complete iterations are kept; go on with kodama-go learn \(run.path) --resume and --for")
      throw ExitCode(Interruption.exitStatus.rawValue)
    }
    if !quiet { Main.report("the best network is in \(run.bestPath), the games are in \(run.path)/report.html") }
  }
}

extension ZeroLearner.Stage {
  fileprivate var text: String {
    switch self {
    case .games(let count, let all): "game \(count) of \(all)"
    case .steps(let count, let all): "step \(count) of \(all)"
    case .match(let games): "a match of \(games) games"
    }
  }
}

extension FirstPlay: ExpressibleByArgument {}
