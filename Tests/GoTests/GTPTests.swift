import Foundation
import GoGame
import GoPlayers
import GoProtocol
import KodamaCore
import TestSupport
import Testing

/// The Go Text Protocol, as its specification has it.
@Suite struct GTPTests {
  private func engine(size: Int = 9) -> GTPEngine {
    GTPEngine(RandomPlayer(seed: 3), size: size, rules: Rules(komi: 7.5), version: "1.2")
  }

  /// What a session writes for an input.
  private func session(_ input: some Sequence<UInt8>, _ engine: GTPEngine? = nil) throws -> (
    text: String, hasQuit: Bool
  ) {
    let written = Written()
    var session = GTPSession(engine ?? self.engine()) { written.text += $0 }
    try session.receive(input)
    try session.end()
    return (written.text, session.hasQuit)
  }

  private final class Written { var text = "" }

  private func session(_ input: String) throws -> String { try session(Array(input.utf8)).text }

  @Test func administrationIsAnswered() throws {
    #expect(try session("protocol_version\n") == "= 2\n\n")
    #expect(try session("1 name\n2 version\n") == "=1 Kodama random\n\n=2 1.2\n\n")
    #expect(
      try session("known_command genmove\nknown_command nothing\nknown_command\n") == "= true\n\n= false\n\n= false\n\n"
    )
    let needed = [
      "protocol_version", "name", "version", "known_command", "list_commands", "quit", "boardsize", "clear_board",
      "komi",
      "fixed_handicap", "place_free_handicap", "set_free_handicap", "play", "genmove", "undo", "time_settings",
      "time_left",
      "final_score", "final_status_list", "loadsgf", "reg_genmove", "showboard", "kgs-time_settings", "list_stones",
      "captures",
      "gogui-analyze_commands",
    ]
    let list = try session("list_commands\n").dropFirst(2).split(separator: "\n").map(String.init)
    #expect(list == list.sorted() && Set(list).count == list.count)
    for name in needed {
      #expect(list.contains(name), "\(name)")
      #expect(try session("known_command \(name)\n") == "= true\n\n")
    }
  }

  @Test func inputIsCleanedAsTheProtocolHasIt() throws {
    #expect(try session("") == "")
    #expect(try session("\n\n  \n# a comment\n\t\n") == "")
    #expect(try session("\u{1}na\u{7}me\u{7F} # name\r\n") == "= Kodama random\n\n")
    #expect(try session("17\tknown_command\tname\n") == "=17 true\n\n")
    #expect(try session("  5   name  ") == "=5 Kodama random\n\n")
    #expect(try session("0 name\n2147483647 name\n") == "=0 Kodama random\n\n=2147483647 Kodama random\n\n")
    // A number by itself is a command without a name; one that is too large is a name.
    #expect(try session("5\n") == "?5 unknown command\n\n")
    #expect(try session("2147483648 name\n") == "? unknown command\n\n")
    #expect(try session("-1 name\n") == "? unknown command\n\n")
    #expect(try session("NAME\n") == "? unknown command\n\n")
  }

  @Test func errorsAreThoseOfTheProtocol() throws {
    for (line, error) in [
      ("boardsize 25", "unacceptable size"), ("boardsize 4", "unacceptable size"), ("boardsize", "syntax error"),
      ("boardsize x", "syntax error"), ("boardsize -9", "syntax error"), ("boardsize 9.0", "syntax error"),
      ("komi", "syntax error"), ("komi x", "syntax error"), ("komi nan", "syntax error"), ("komi inf", "syntax error"),
      ("play", "syntax error"), ("play b", "syntax error"), ("play green D4", "syntax error"),
      ("play b I5", "syntax error"),
      ("play b D10", "illegal move"), ("play b Z99", "syntax error"), ("genmove", "syntax error"),
      ("genmove x", "syntax error"),
      ("undo", "cannot undo"), ("fixed_handicap 1", "invalid number of stones"),
      ("fixed_handicap 10", "invalid number of stones"), ("fixed_handicap x", "syntax error"),
      ("place_free_handicap 1", "invalid number of stones"), ("place_free_handicap 81", "invalid number of stones"),
      ("set_free_handicap D4", "bad vertex list"), ("set_free_handicap D4 D4", "bad vertex list"),
      ("set_free_handicap D4 pass", "bad vertex list"), ("set_free_handicap D4 K10", "bad vertex list"),
      ("time_settings 1 2", "syntax error"), ("time_settings a b c", "syntax error"), ("time_left b 3", "syntax error"),
      ("loadsgf", "syntax error"), ("loadsgf /nowhere/at/all.sgf", "cannot load file"),
      ("loadsgf /", "cannot load file"),
      ("final_status_list", "syntax error"), ("final_status_list asleep", "syntax error"),
      ("play_it", "unknown command"),
      ("kgs-time_settings weekly", "syntax error"), ("kgs-time_settings byoyomi 1", "syntax error"),
    ] {
      #expect(try session("7 \(line)\n") == "?7 \(error)\n\n", "\(line)")
    }
  }

  @Test func movesArePlayedAndTakenBack() throws {
    let text = try session(
      """
      boardsize 9
      clear_board
      play black D4
      play w d4
      play W E5
      list_stones b
      list_stones white
      move_history
      undo
      list_stones white
      play w PASS
      is_legal b D4
      is_legal b D5
      query_boardsize
      komi 5.5
      get_komi

      """)
    let responses = text.components(separatedBy: "\n\n")
    #expect(
      responses == [
        "=", "=", "=", "? illegal move", "=", "= D4", "= E5", "= white E5\nblack D4", "=", "=", "=", "= 0", "= 1",
        "= 9", "=",
        "= 5.5", "",
      ])
  }

  @Test func generatedMovesAreLegalAndPlayed() throws {
    for size in [5, 9, 13] {
      var (engine, game, passes) = (engine(size: size), Game(size: size), 0)
      while passes < 2 && game.moves.count < 1000 {
        let color = game.nextColor
        let suggested = engine.respond(to: "reg_genmove \(color.name)")
        #expect(suggested?.isSuccess == true && engine.game.moves.count == game.moves.count)
        let response = engine.respond(to: "genmove \(color.letter)")
        let point = try #require(Point(response?.text ?? "", size: size))
        try game.play(Move(color, point))
        passes = point.isPass ? passes + 1 : 0
        #expect(engine.game.moves == game.moves && engine.game.board.hash == game.board.hash)
      }
      #expect(passes == 2)
      let score = engine.respond(to: "final_score")?.text ?? ""
      #expect(score == GameRecord.result(score: engine.game.scoreWithoutDead()))
      #expect(score.hasPrefix("B+") || score.hasPrefix("W+") || score == "0")
    }
  }

  @Test func handicapStonesArePlaced() throws {
    #expect(
      try session("fixed_handicap 3\nlist_stones b\nfixed_handicap 2\n")
        == "= C3 G7 C7\n\n= C3 C7 G7\n\n? board not empty\n\n")
    #expect(
      try session("set_free_handicap A1 B2 C3\nlist_stones b\nclear_board\nlist_stones b\n")
        == "=\n\n= A1 B2 C3\n\n=\n\n=\n\n")
    #expect(try session("play b A1\nplace_free_handicap 2\n") == "=\n\n? board not empty\n\n")
    #expect(try session("boardsize 5\nplace_free_handicap 3\n") == "=\n\n= B2 D4 B4\n\n")
    #expect(try session("boardsize 19\nplace_free_handicap 20\n") == "=\n\n= D4 Q16 D16 Q4 D10 Q10 K4 K16 K10\n\n")
  }

  @Test func deadStringsAreFoundAndScored() throws {
    // Black's wall and two eyes; the white stone inside is dead.
    var moves = ""
    for row in 1...5 { moves += "play b D\(row)\n" }
    for name in ["B2", "B4", "C3"] { moves += "play b \(name)\n" }
    moves += "play w A3\n"
    let text = try session(
      "boardsize 5\nkomi 0\n" + moves + "final_status_list dead\nfinal_status_list alive\nfinal_score\n")
    let responses = text.components(separatedBy: "\n\n").dropLast().suffix(3)
    #expect(responses.first == "= A3", "\(responses)")
    #expect(responses.last == "= B+25")
  }

  @Test func gamesAreLoadedUpToAMove() throws {
    try withTemporaryFolder { folder in
      try write(Array("(;GM[1]FF[4]SZ[9]KM[6.5];B[ee];W[cc];B[gg];W[])".utf8), to: folder + "/a.sgf")
      try write(Array("(;GM[1]FF[4]SZ[9];B[ee];W[ee])".utf8), to: folder + "/bad.sgf")
      #expect(
        try session("loadsgf \(folder)/a.sgf\nlist_stones b\nlist_stones w\nget_komi\n")
          == "=\n\n= G3 E5\n\n= C7\n\n= 6.5\n\n")
      // The moves before the third.
      #expect(try session("loadsgf \(folder)/a.sgf 3\nmove_history\n") == "=\n\n= white C7\nblack E5\n\n")
      #expect(try session("loadsgf \(folder)/a.sgf 1\nmove_history\n") == "=\n\n=\n\n")
      // The position before stays.
      #expect(
        try session("play b A1\nloadsgf \(folder)/bad.sgf\nlist_stones b\n") == "=\n\n? cannot load file\n\n= A1\n\n")
    }
  }

  @Test func quitEndsTheSession() throws {
    let (text, hasQuit) = try session(Array("3 quit\nname\n".utf8))
    #expect(text == "=3\n\n" && hasQuit)
  }

  @Test func responsesNeverContainAnEmptyLine() throws {
    var engine = engine()
    for name in ["showboard", "printsgf", "kodama-ownership", "all_legal b", "gogui-analyze_commands", "list_commands"]
    {
      let written = engine.respond(to: name)?.written ?? ""
      #expect(written.hasPrefix("= ") && written.hasSuffix("\n\n"))
      #expect(!written.dropLast(2).contains("\n\n"), "\(name)")
    }
    #expect(GTPResponse(id: "4", isSuccess: true, "a\n\n\u{1B}b\u{7F}\n").written == "=4 a\nb\n\n")
  }

  @Test func garbageNeverEndsTheEngine() throws {
    var random = Philox(seed: 77)
    let words = try session("list_commands\n").dropFirst(2).split(separator: "\n").map(String.init).filter {
      $0 != "quit"
    }
    let arguments = [
      "b", "w", "black", "D4", "d4", "pass", "PASS", "T19", "A1", "9", "19", "0", "-1", "5", "7.5", "nan", "1e308",
      "2147483648",
      "99999999999999999999999", "#", "resign", "dead", "alive", "byoyomi", "canadian", "absolute", "none", "/dev/null",
      "", "é",
    ]
    var bytes: [UInt8] = []
    for _ in 0..<3000 {
      switch random.integer(below: 10) {
      case 0: bytes += (0..<random.integer(below: 40)).map { _ in UInt8(random.integer(below: 256)) }
      case 1: bytes += Array("\(random.next()) ".utf8)
      default:
        if random.integer(below: 3) == 0 { bytes += Array("\(random.integer(below: 1000)) ".utf8) }
        // Searching costs more than the rest, and is the same for all.
        bytes += Array(words[random.integer(below: words.count)].utf8)
        for _ in 0..<random.integer(below: 5) {
          bytes += Array((" " + arguments[random.integer(below: arguments.count)]).utf8)
        }
      }
      bytes.append(10)
    }
    // Every response has the protocol's form, and the engine still answers.
    bytes += Array("\nquit_not\n12345 protocol_version\n".utf8)
    let text = try session(bytes).text
    let responses = text.components(separatedBy: "\n\n").dropLast()
    #expect(responses.count > 2000)
    #expect(responses.allSatisfy { $0.hasPrefix("=") || $0.hasPrefix("?") })
    #expect(responses.last == "=12345 2")
  }

  @Test func linesOfAnyLengthAreSurvived() throws {
    let long = Array(repeating: UInt8(ascii: "a"), count: 5_000_000)
    let text = try session(long + [10] + Array("1 name\n".utf8)).text
    #expect(text == "? line too long\n\n=1 Kodama random\n\n")
    let words = Array((String(repeating: " 1", count: 30_000) + "\n2 name\n").utf8)
    #expect(try session(Array("1 play".utf8) + words).text == "?1 syntax error\n\n=2 Kodama random\n\n")
  }

  @Test func timeIsShared() throws {
    let game = Game(size: 9)
    #expect(TimeControl().allotment(.black, in: game) == nil)
    var absolute = TimeControl(.absolute(main: 100))
    let first = try #require(absolute.allotment(.black, in: game))
    #expect(first > 1 && first < 10)
    // However long the game, the sum stays within the time.
    var (used, moves) = (0.0, 0)
    while moves < 300 {
      let seconds = try #require(absolute.allotment(.black, in: game))
      #expect(seconds >= 0)
      absolute.use(seconds, .black)
      used += seconds
      moves += 1
    }
    #expect(used < 100 && used > 90)
    #expect(absolute.allotment(.white, in: game) == first)
    absolute.setLeft(.black, seconds: 0, stones: 0)
    #expect(absolute.allotment(.black, in: game) == 0)
    // Overtime for stones: no period is exceeded, and after its stones the next begins.
    var canadian = TimeControl(.canadian(main: 0, period: 30, stones: 5))
    for _ in 0..<4 {
      var sum = 0.0
      for _ in 0..<5 {
        let seconds = try #require(canadian.allotment(.black, in: game))
        #expect(seconds > 3)
        canadian.use(seconds, .black)
        sum += seconds
      }
      #expect(sum < 30)
    }
    var periods = TimeControl(.periods(main: 10, period: 5, count: 3))
    for _ in 0..<20 {
      let seconds = try #require(periods.allotment(.white, in: game))
      #expect(seconds > 3 && seconds < 10)
      periods.use(seconds, .white)
    }
  }

  @Test func theProtocolsTimesAreObeyed() throws {
    var engine = GTPEngine(try SearchPlayer(.init(playouts: 100_000_000)), size: 9)
    // No limit by the settings of the protocol would search for hours.
    for (settings, most) in [
      ("time_settings 3 0 0", 1.0), ("time_settings 0 2 10", 1.0), ("kgs-time_settings byoyomi 0 1 5", 1.5),
      ("time_settings 0 0 0", 0.5), ("kgs-time_settings canadian 0 2 4", 1.0),
    ] {
      let response = engine.respond(to: settings)
      #expect(response?.written == "=\n\n")
      var move: GTPResponse?
      let time = ContinuousClock().measure { move = engine.respond(to: "genmove b") }
      #expect(move?.isSuccess == true)
      // Machines that are busy with other work take longer than is asked for.
      #expect(time < .seconds(most * 4), "\(settings): \(time)")
      _ = engine.respond(to: "clear_board")
    }
    _ = engine.respond(to: "time_settings 1000 0 0")
    _ = engine.respond(to: "time_left b 1 0")
    let time = ContinuousClock().measure { _ = engine.respond(to: "genmove b") }
    #expect(time < .seconds(2))
  }
}
