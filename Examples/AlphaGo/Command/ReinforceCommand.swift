import ArgumentParser
import GoGame
import GoLearning
import GoNetworks
import KodamaCore

struct Reinforce: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reinforce", abstract: "Improve a policy by games against its former selves, AlphaGo's second stage.",
    discussion: """
      The network that learns is written to RUN/last, and every network of the pool to RUN/pool. Control-C saves, and \
      --resume goes on.
      """)

  @Argument(
    help: "The policy to begin with: a run of kodama-go imitate, or a model folder. None with --resume.",
    completion: .directory)
  var policy: String?
  @Option(
    name: .shortAndLong, help: "A new folder for the run, or that of a run with --resume.", completion: .directory)
  var output: String
  @Option(help: "Iterations, those before an interruption among them.") var iterations = 2000
  @Option(help: "Games of an iteration (default: 32).") var games: Int?
  @Option(help: "Iterations between two networks that are added to the pool (default: 500).") var poolInterval: Int?
  @Option(help: "Points for white (default: 24 on 5x5, 9 on 7x7, else 7.5).") var komi: Double?
  @Option(help: "The learning rate (default: 0.00003).") var rate: Double?
  @Option(help: "The seed of everything random (default: 1).") var seed: UInt64?
  @Option(help: "Threads; what is learned does not depend on them (default: all processors).") var threads: Int?
  @Flag(help: "Go on with a run; only --iterations and --threads can be given anew.") var resume = false
  @Flag(help: "Print no lines.") var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    if iterations < 1 { throw ValidationError("--iterations must be at least 1") }
    if resume != (policy == nil) {
      throw ValidationError(resume ? "--resume takes its network from the run" : "give a policy, or --resume")
    }
    let hasSettings = games != nil || poolInterval != nil || komi != nil || rate != nil || seed != nil
    if resume && hasSettings { throw ValidationError("--resume takes its settings from RUN/plan.json") }
  }

  private func newRun(from policy: String) throws -> PolicyGradientRun {
    let model = try LeeModel(path: policy)
    var plan = PolicyGradientPlan(board: model.architecture.board)
    if let games { plan.games = games }
    if let poolInterval { plan.poolInterval = poolInterval }
    if let komi { plan.komi = komi }
    if let rate { plan.rate = rate }
    if let seed { plan.seed = seed }
    return try PolicyGradientRun(new: output, plan, from: model)
  }

  func run() throws {
    let workers = threads.map { Workers(threads: $0) } ?? .all
    let run = try policy.map { try newRun(from: $0) } ?? PolicyGradientRun(path: output)
    Interruption.listen()
    let isComplete = try PolicyGradientLoop(run, iterations: iterations, workers: workers).run({ report in
      if quiet { return }
      let share = NumberText.decimal(100 * report.share, 1)
      let moves = NumberText.decimal(Double(report.moves) / Double(max(1, report.games)), 1)
      Main.report(
        "iteration \(report.iteration): \(share) % of \(report.games) games against the pool, \(moves) moves each, "
          + "entropy \(NumberText.decimal(report.entropy, 3)) nats")
    }) { Interruption.isRequested }
    if !isComplete {
      Main.report("interrupted: saved; go on with kodama-go reinforce -o \(run.path) --resume")
      throw ExitCode(Interruption.exitStatus.rawValue)
    }
  }
}
