import ArgumentParser
import GoGame
import GoPlayers
import GoProtocol
import KodamaCore

struct GTP: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gtp", abstract: "Answer commands of the Go Text Protocol, version 2, on standard input.")

  @OptionGroup var player: PlayerOptions
  @OptionGroup var board: BoardOption
  @OptionGroup var rules: RuleOptions

  func run() throws {
    let engine = GTPEngine(
      try player.makePlayer(), size: board.board, rules: rules.rules(size: board.board),
      version: KodamaGo.programVersion)
    var session = GTPSession(engine) { try FileWriter.standardOutput.write($0) }
    try session.run(descriptor: 0)
  }
}
