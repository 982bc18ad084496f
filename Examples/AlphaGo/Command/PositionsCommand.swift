import ArgumentParser
import GoGame
import GoLearning
import GoNetworks
import KodamaCore

struct Positions: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "positions", abstract: "Play games from which a value network learns, for AlphaGo's third stage.",
    discussion: """
      The first policy plays up to a random move, the next move is any, a pass or one that fills no own eye, and the second policy plays on to the end. \
      The position after the random move is marked (HO), and kodama-go imitate --network value --positions marked learns it \
      alone. Control-C ends with the files that are complete, and --resume goes on.
      """)

  @Argument(help: "The policy of the first moves: a run of kodama-go imitate.", completion: .directory)
  var first: String
  @Argument(help: "The policy of the last moves, such as RUN/last of kodama-go reinforce.", completion: .directory)
  var second: String
  @Option(
    name: .shortAndLong, help: "A new folder for SGF files, or that of an earlier call with --resume.",
    completion: .directory)
  var output: String
  @Option(help: "Games.") var games = 10_000
  @Option(help: "Points for white (default: 24 on 5x5, 9 on 7x7, else 7.5).") var komi: Double?
  @Option(help: "The seed of everything random.") var seed: UInt64 = 1
  @Option(help: "Threads; the games do not depend on them (default: all processors).") var threads: Int?
  @Flag(help: "Write the games that are missing; networks, komi and seed must be those of the earlier call.")
  var resume = false

  /// The games of a file.
  private static let gamesOfFile = 100

  func validate() throws {
    if let threads, !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    if !(1...50_000_000).contains(games) { throw ValidationError("--games must be from 1 to 50000000") }
    if let komi, !(komi.magnitude <= 1000) { throw ValidationError("--komi must be from -1000 to 1000") }
  }

  func run() throws {
    let workers = threads.map { Workers(threads: $0) } ?? .all
    let models = try (LeeModel(path: first), LeeModel(path: second))
    let komi = komi ?? Rules.usualKomi(size: models.0.architecture.board)
    let value = try ValueGames(
      first: LeeEvaluator(models.0), second: LeeEvaluator(models.1), komi: komi, seed: seed)
    let record = ValueGamesRecord(komi: komi, seed: seed, first: models.0, second: models.1)
    if resume {
      try record.check(folder: output)
    } else {
      if AtomicFile.exists(output) { throw FileFault.exists(path: output) }
      try Folder.create(output)
      try record.write(toFolder: output)
    }
    Interruption.listen()
    var line = ProgressLine()
    for first in stride(from: 0, to: games, by: Self.gamesOfFile) {
      let count = min(Self.gamesOfFile, games - first)
      let number = "\(first)"
      let path = output + "/" + String(repeating: "0", count: 8 - number.count) + number + ".sgf"
      // A file at the end of an earlier call may have fewer games.
      if resume, AtomicFile.exists(path), try GameTree(path: path).games.count >= count { continue }
      line.show("game \(first) of \(games)")
      let records = workers.map(parts: count) { value.record(first + $0).text }
      try AtomicFile.write(to: path, existing: resume ? .replace : .refuse) { writer in
        for record in records { try writer.write(record) }
      }
      if Interruption.isRequested && first + count < games {
        line.clear()
        Main.report("interrupted: \(first + count) games are written; go on with the same command and --resume")
        throw ExitCode(Interruption.exitStatus.rawValue)
      }
    }
    line.clear()
  }
}
