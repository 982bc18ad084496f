import ArgumentParser
import Foundation
import GoGame
import GoProtocol
import KodamaCore

struct Match: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match", abstract: "Let two programs play each other over GTP.",
    discussion: """
      A and B are command lines of the shell, such as 'kodama-go gtp' and 'gnugo --mode gtp --level 1'. Colors change after \
      each game. Games are scored by area, after strings that random games capture are removed.
      """)

  @Argument(help: "The command line of the first program.", completion: .shellCommand("")) var first: String
  @Argument(help: "The command line of the second program.", completion: .shellCommand("")) var second: String
  @Option(help: "The number of games.") var games = 10
  @OptionGroup var board: BoardOption
  @OptionGroup var rules: RuleOptions
  @Option(help: "Seconds for all moves of a player in a game; 0 for no limit.") var time = 0
  @Option(help: "Seconds after which a program that does not answer has failed.") var patience = 600.0
  @Option(help: "Random moves at the beginning, the same in each two games with colors exchanged.") var opening = 0
  @Option(help: "The seed of the random moves.") var seed: UInt64 = 1
  @Option(name: .shortAndLong, help: "A new folder for the games as SGF.", completion: .directory) var output: String?
  @Flag(help: "Print no line for each game.") var quiet = false

  func validate() throws {
    if !(patience > 0 && patience <= 1e6) { throw ValidationError("--patience must be from 0 to 1000000") }
  }

  func run() throws {
    let match = try EngineMatch(
      .init(
        games: games, size: board.board, rules: rules.rules(size: board.board), seconds: time, openingMoves: opening,
        seed: seed))
    if let output {
      if AtomicFile.exists(output) { throw FileFault.exists(path: output) }
      do { try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true) } catch {
        throw FileFault.cannotCreate(path: output, reason: error.localizedDescription)
      }
    }
    let engines = try [first, second].map { try EngineProcess($0, patience: patience) }
    defer { for engine in engines { engine.end() } }
    var score = MatchScore()
    let digits = max(3, "\(games)".count)
    try match.play(engines[0], engines[1]) { outcome in
      score.add(outcome)
      let number = "\(outcome.number + 1)"
      if let output {
        let name = String(repeating: "0", count: digits - number.count) + number
        try outcome.record.write(to: "\(output)/\(name).sgf", existing: .refuse)
      }
      if !quiet {
        let colors = outcome.isFirstBlack ? "A black, B white" : "B black, A white"
        Main.report(
          "game \(number): \(colors): \(outcome.record.result ?? "?") in \(outcome.record.game.moves.count) moves")
      }
    }
    try FileWriter.standardOutput.write(try score.table(first, second))
  }
}
