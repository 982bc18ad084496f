import ArgumentParser
import GoGame
import GoLearning
import GoNetworks
import KodamaCore
import KodamaTraining

struct Imitate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imitate", abstract: "Learn from records of games, as AlphaGo's first stage does.",
    discussion: """
      The policy network learns the moves that were played, and the rollout policy beside it, which is written to \
      RUN/rollout; a value network learns who won. A tenth of the games is held out to measure them. Control-C saves, and \
      --resume goes on.
      """)

  enum Network: String, ExpressibleByArgument, CaseIterable { case policy, value }

  @Argument(help: "A folder of SGF files, such as kodama-go match writes.", completion: .directory)
  var records: String
  @Option(
    name: .shortAndLong, help: "A new folder for the run, or that of a run with --resume.", completion: .directory)
  var output: String
  @OptionGroup var board: BoardOption
  @Option(help: "What learns: the policy, or the value.") var network = Network.policy
  @Option(help: "The positions that are learned: all, or marked, one of each game of kodama-go positions.")
  var positions = LearnedPositions.all
  @Option(help: "Convolutions of the network.") var layers = 6
  @Option(help: "Their channels.") var channels = 48
  @Option(help: "Steps.") var steps = 2000
  @Option(help: "Positions of a batch.") var batch = 64
  @Option(help: "The learning rate at the beginning.") var rate = 1e-3
  @Option(help: "The seed of everything random.") var seed: UInt64 = 1
  @Option(help: "Threads; what is learned does not depend on them (default: all processors).") var threads: Int?
  @Flag(help: "Go on with a run; the settings are those of the run.") var resume = false
  @Flag(help: "Print no line for each validation.") var quiet = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
  }

  private var settings: PositionSettings {
    let kind: LeeArchitecture.Kind = network == .policy ? .policy : .value
    var settings = PositionSettings(
      LeeArchitecture(kind, board: board.board, layers: layers, channels: channels))
    settings.positions = positions
    (settings.steps, settings.batch, settings.rate, settings.seed) = (steps, batch, rate, seed)
    return settings
  }

  func run() throws {
    let workers = threads.map { Workers(threads: $0) } ?? .all
    let settings = try resume ? PositionTraining.settings(ofRun: output) : settings
    try settings.check()
    let records = try GameRecords(
      records, size: settings.architecture.board, positions: settings.positions, workers: workers)
    for file in records.leftOut.prefix(5) { Main.report("left out: \(file.reason)") }
    if records.leftOut.count > 5 { Main.report("and \(records.leftOut.count - 5) more files") }
    let training = try PositionTraining(records, run: output, settings, resuming: resume, workers: workers)
    Main.report(
      "\(records.trainingGames.count) games with \(records.training.count) positions, and \(records.heldOutGames.count) "
        + "with \(records.heldOut.count) held out")
    Interruption.listen()
    let outcome = try training.train(observers: quiet ? [] : [ValidationLines()]) { Interruption.isRequested }
    if outcome == .interrupted {
      Main.report("interrupted: saved; go on with --resume")
      throw ExitCode(Interruption.exitStatus.rawValue)
    }
    if settings.architecture.kind == .policy { try learnRollout(records, settings) }
  }

  /// Learns the rollout policy from the same games.
  private func learnRollout(_ records: GameRecords, _ settings: PositionSettings) throws {
    var policy = RolloutPolicy()
    for epoch in 0..<4 {
      for game in records.trainingGames { _ = policy.learn(game, rate: 0.1 / Float(1 + epoch)) }
    }
    var score = RolloutPolicy.Score()
    for game in records.heldOutGames { score += policy.score(game) }
    try RolloutModel.save(policy, to: output + "/rollout", existing: resume ? .replace : .refuse)
    if quiet { return }
    let (loss, accuracy) = (NumberText.decimal(score.logLoss, 3), NumberText.decimal(100 * score.accuracy, 1))
    Main.report("the rollout policy: cross-entropy \(loss) nats, accuracy \(accuracy) %")
  }
}

/// A line for each validation.
private final class ValidationLines: TrainingObserver {
  func trainingDid(_ event: TrainingEvent) throws {
    guard case .validation(let report) = event else { return }
    let values = report.weights.map { value in
      let unit = value.measure.unit.isEmpty ? "" : " " + value.measure.unit
      return "\(value.measure.words.joined(separator: " ")) \(NumberText.decimal(value.value, 3))\(unit)"
    }
    Main.report("step \(report.step): \(values.joined(separator: ", "))")
  }
}

extension LearnedPositions: ExpressibleByArgument {}
