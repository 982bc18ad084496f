import ArgumentParser
import GoGame
import GoPlayers
import KodamaCore

struct Play: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "play", abstract: "Play a game in the terminal.",
    discussion: """
      Moves are points such as D4, or pass. undo takes back your last move, score estimates the score, resign gives up, and \
      quit ends. The game is written as SGF to the file of --output.
      """)

  enum Side: String, ExpressibleByArgument, CaseIterable { case black, white }

  @OptionGroup var player: PlayerOptions
  @OptionGroup var board: BoardOption
  @OptionGroup var rules: RuleOptions
  @Option(help: "Your color.") var color = Side.black
  @Option(help: "Black stones at the beginning, from 2 on.") var handicap: Int?
  @Option(name: .shortAndLong, help: "An SGF file for the game.", completion: .file(extensions: ["sgf"]))
  var output: String?
  @Flag(help: "Replace an existing file.") var force = false

  func validate() throws {
    guard let handicap else { return }
    if Handicap.fixed(handicap, size: board.board) == nil {
      let most = Handicap.most(size: board.board)
      throw ValidationError("--handicap must be from 2 to \(most) on this board" + (most == 0 ? ": it has none" : ""))
    }
  }

  func run() throws {
    if let output { try AtomicFile.check(output, existing: force ? .replace : .refuse) }
    let own: Color = color == .black ? .black : .white
    var engine = try player.makePlayer()
    let size = board.board
    var game = Game(size: size, rules: rules.rules(size: size))
    if let handicap {
      game = try Game(
        size: size, rules: game.rules, setup: Handicap.fixed(handicap, size: size)!.map { Move(.black, $0) },
        handicap: handicap, firstColor: .white)
    }
    var (result, hasQuit) = (String?.none, false)
    while result == nil && !hasQuit {
      if game.isOver {
        result = GameRecord.result(score: game.scoreWithoutDead())
        break
      }
      if game.nextColor == own {
        try write(BoardDrawing(game).text + "\(own.name) to move> ")
        guard let line = readLine() else { break }
        (result, hasQuit) = try answer(line, &game, own)
      } else {
        switch try engine.chooseMove(in: game, color: own.opponent, within: nil) {
        case .resign: result = "\(own.letter)+Resign"
        case .play(let point):
          try game.play(Move(own.opponent, point))
          try write("\(engine.name): \(point)\n")
        }
      }
    }
    if let result { try write(BoardDrawing(game).text + "result: \(result)\n") }
    if let output {
      let names = own == .black ? ("Player", engine.name) : (engine.name, "Player")
      let record = GameRecord(game, blackName: names.0, whiteName: names.1, result: result)
      try record.write(to: output, existing: force ? .replace : .refuse)
    }
  }

  private func write(_ text: String) throws { try FileWriter.standardOutput.write(text) }

  /// Carries out a line of the player.
  private func answer(_ line: String, _ game: inout Game, _ own: Color) throws -> (result: String?, hasQuit: Bool) {
    let word = line.filter { !$0.isWhitespace }.lowercased()
    switch word {
    case "": break
    case "quit": return (nil, true)
    case "resign": return ("\(own.opponent.letter)+Resign", false)
    case "score": try write("score as it stands: \(GameRecord.result(score: game.scoreWithoutDead()))\n")
    case "undo":
      guard game.moves.contains(where: { $0.color == own }) else {
        try write("there is no move to take back\n")
        break
      }
      while game.undo()?.color != own {}
    default:
      guard let point = Point(word, size: game.size) else {
        try write("a move is a point such as D4, or pass; other words are undo, score, resign and quit\n")
        break
      }
      do { try game.play(Move(own, point)) } catch { try write("\(point): \(error)\n") }
    }
    return (nil, false)
  }
}
