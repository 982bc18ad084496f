import GoGame
import GoPlayers
import KodamaCore

extension GTPEngine {
  typealias Command = @Sendable (inout GTPEngine, Arguments) throws -> String

  /// All commands by name.
  static let commands: [String: Command] =
    administration.merging(play) { $1 }.merging(setup) { $1 }.merging(clocks) { $1 }.merging(questions) { $1 }

  /// The protocol itself.
  private static let administration: [String: Command] = [
    "protocol_version": { _, _ in "2" },
    "name": { engine, _ in engine.player.name },
    "version": { engine, _ in engine.version },
    "known_command": { _, arguments in
      var arguments = arguments
      return (arguments.isAtEnd ? false : commands[try arguments.word()] != nil) ? "true" : "false"
    },
    "list_commands": { _, _ in commands.keys.sorted().joined(separator: "\n") },
    "quit": { engine, _ in
      engine.hasQuit = true
      return ""
    },
    "gogui-analyze_commands": { _, _ in
      "dboard/Ownership by random games/kodama-ownership\nplist/Legal moves of black/all_legal black\n"
        + "plist/Legal moves of white/all_legal white\nstring/Score/final_score"
    },
  ]

  /// Moves.
  private static let play: [String: Command] = [
    "play": { engine, arguments in
      var arguments = arguments
      let color = try arguments.color()
      // A point off the board is no vertex, and in a command of two arguments the move is what is wrong.
      let word = try arguments.word()
      guard let point = Point(word, size: engine.game.size) else {
        throw Point(word, size: 19) == nil ? GTPError.syntax : GTPError("illegal move")
      }
      try engine.play(Move(color, point))
      return ""
    },
    "genmove": { engine, arguments in
      var arguments = arguments
      let color = try arguments.color()
      switch try engine.choose(color) {
      case .resign: return "resign"
      case .play(let point):
        try engine.play(Move(color, point))
        return "\(point)"
      }
    },
    "reg_genmove": { engine, arguments in
      var (arguments, time) = (arguments, engine.time)
      let color = try arguments.color()
      // The position and the clock stay as they are.
      defer { engine.time = time }
      switch try engine.choose(color) {
      case .resign: return "resign"
      case .play(let point): return "\(point)"
      }
    },
    "undo": { engine, _ in
      if !engine.undo() { throw GTPError("cannot undo") }
      return ""
    },
  ]

  /// Boards and stones before a game.
  private static let setup: [String: Command] = [
    "boardsize": { engine, arguments in
      var arguments = arguments
      let size = try arguments.whole()
      guard engine.sizes.contains(size) else { throw GTPError("unacceptable size") }
      engine.begin(Game(size: size, rules: engine.game.rules))
      return ""
    },
    "clear_board": { engine, _ in
      engine.begin(Game(size: engine.game.size, rules: engine.game.rules))
      engine.time = TimeControl(engine.time.system)
      return ""
    },
    "komi": { engine, arguments in
      var arguments = arguments
      engine.setKomi(try arguments.number())
      return ""
    },
    "fixed_handicap": { engine, arguments in
      var arguments = arguments
      let count = try arguments.whole()
      guard let points = Handicap.fixed(count, size: engine.game.size) else {
        throw GTPError("invalid number of stones")
      }
      return try engine.place(points)
    },
    "place_free_handicap": { engine, arguments in
      var arguments = arguments
      let count = try arguments.whole()
      let size = engine.game.size
      guard count >= 2, count < size * size, size >= 5 else { throw GTPError("invalid number of stones") }
      return try engine.place(Handicap.free(count, size: size))
    },
    "set_free_handicap": { engine, arguments in
      var arguments = arguments
      let (words, size) = (arguments.rest(), engine.game.size)
      let points = words.compactMap { Point($0, size: size) }
      guard words.count >= 2, words.count < size * size, points.count == words.count,
        Set(points).count == points.count, !points.contains(.pass)
      else { throw GTPError("bad vertex list") }
      _ = try engine.place(points)
      return ""
    },
    "loadsgf": { engine, arguments in
      var arguments = arguments
      let path = try arguments.word()
      let before = arguments.isAtEnd ? nil : try arguments.whole()
      guard let record = try? GameRecord(path: path), engine.sizes.contains(record.game.size),
        record.game.moves.count <= mostMoves
      else { throw GTPError("cannot load file") }
      var game = record.game
      // The number of the first move that is not played.
      if let before { game.rewind(to: max(0, before - 1)) }
      let rules = engine.game.rules
      game.rules.ko = rules.ko
      game.rules.allowsSuicide = game.rules.allowsSuicide || rules.allowsSuicide
      engine.begin(game)
      return ""
    },
  ]

  /// Black stones on an empty board; white moves first.
  private mutating func place(_ points: [Point]) throws -> String {
    guard game.moves.isEmpty && game.setup.isEmpty else { throw GTPError("board not empty") }
    begin(
      try Game(
        size: game.size, rules: game.rules, setup: points.map { Move(.black, $0) }, handicap: points.count,
        firstColor: .white))
    return points.map(\.description).joined(separator: " ")
  }

  /// Times of games.
  private static let clocks: [String: Command] = [
    "time_settings": { engine, arguments in
      var arguments = arguments
      let (main, period, stones) = (try arguments.whole(), try arguments.whole(), try arguments.whole())
      if period > 0 && stones == 0 {
        engine.time = TimeControl()
      } else if period == 0 {
        engine.time = TimeControl(.absolute(main: Double(main)))
      } else {
        engine.time = TimeControl(.canadian(main: Double(main), period: Double(period), stones: stones))
      }
      return ""
    },
    "kgs-time_settings": { engine, arguments in
      var arguments = arguments
      switch try arguments.word().lowercased() {
      case "none": engine.time = TimeControl()
      case "absolute": engine.time = TimeControl(.absolute(main: Double(try arguments.whole())))
      case "byoyomi":
        let (main, period, count) = (try arguments.whole(), try arguments.whole(), try arguments.whole())
        engine.time = TimeControl(.periods(main: Double(main), period: Double(period), count: count))
      case "canadian":
        let (main, period, stones) = (try arguments.whole(), try arguments.whole(), try arguments.whole())
        engine.time = TimeControl(.canadian(main: Double(main), period: Double(period), stones: stones))
      default: throw GTPError.syntax
      }
      return ""
    },
    "time_left": { engine, arguments in
      var arguments = arguments
      let color = try arguments.color()
      let (seconds, stones) = (try arguments.whole(), try arguments.whole())
      engine.time.setLeft(color, seconds: Double(seconds), stones: stones)
      return ""
    },
  ]

  /// What can be asked about a position.
  private static let questions: [String: Command] = [
    "final_score": { engine, _ in GameRecord.result(score: engine.game.scoreWithoutDead()) },
    "final_status_list": { engine, arguments in
      var arguments = arguments
      guard let status = Ownership.Status(rawValue: try arguments.word().lowercased()) else { throw GTPError.syntax }
      let strings = Ownership(engine.game.board).strings(of: engine.game.board).filter { $0.status == status }
      return strings.map { $0.stones.map(\.description).joined(separator: " ") }.joined(separator: "\n")
    },
    "showboard": { engine, _ in
      let board = engine.game.board
      return BoardDrawing(engine.game).text
        + "captured stones: black \(board.capturedBlack), white \(board.capturedWhite)"
    },
    "kodama-ownership": { engine, _ in
      let (values, size) = (Ownership(engine.game.board).values, engine.game.size)
      return (0..<size).reversed().map { row in
        values[row * size..<(row + 1) * size].map { "\(Double(Int(($0 * 100).rounded())) / 100)" }.joined(
          separator: " ")
      }.joined(separator: "\n")
    },
    "list_stones": { engine, arguments in
      var arguments = arguments
      let color = try arguments.color()
      let points = Point.all(size: engine.game.size).filter { engine.game.board[$0] == color }
      return points.map(\.description).joined(separator: " ")
    },
    "captures": { engine, arguments in
      var arguments = arguments
      // The stones that the color captured.
      return "\(try arguments.color() == .black ? engine.game.board.capturedWhite : engine.game.board.capturedBlack)"
    },
    "is_legal": { engine, arguments in
      var arguments = arguments
      return engine.game.isLegal(Move(try arguments.color(), try arguments.point())) ? "1" : "0"
    },
    "all_legal": { engine, arguments in
      var arguments = arguments
      return engine.game.legalPoints(try arguments.color()).map(\.description).joined(separator: " ")
    },
    "move_history": { engine, _ in
      engine.game.moves.reversed().map { "\($0.color.name) \($0.point)" }.joined(separator: "\n")
    },
    "query_boardsize": { engine, _ in "\(engine.game.size)" },
    "get_komi": { engine, _ in GameRecord.number(engine.game.rules.komi) },
    "printsgf": { engine, _ in GameRecord(engine.game).text },
  ]
}
