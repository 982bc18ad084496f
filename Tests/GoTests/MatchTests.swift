import Foundation
import GoGame
import GoProtocol
import KodamaCore
import TestSupport
import Testing

/// Whether GNU Go is installed.
private let hasGNUGo = FileManager.default.isExecutableFile(atPath: "/usr/games/gnugo")

/// Other programs over the protocol, and matches of them.
@Suite struct MatchTests {
  /// The program of the same build.
  private static let program = BuiltProgram.path

  private func command(_ arguments: String) throws -> String {
    "'\(try #require(Self.program, "kodama-go is not built"))' \(arguments)"
  }

  @Test func programsPlayEachOther() throws {
    let line = try command("gtp --player random")
    let (first, second) = (try EngineProcess(line), try EngineProcess(line + " --seed 7"))
    var (score, records) = (MatchScore(), [GameRecord]())
    try EngineMatch(.init(games: 4, size: 5, rules: Rules(komi: 0.5), openingMoves: 2)).play(first, second) { outcome in
      score.add(outcome)
      records.append(outcome.record)
      #expect(outcome.isFirstBlack == (outcome.number % 2 == 0))
    }
    #expect(score.games == 4 && score.gamesAsBlack == 2 && score.gamesAsWhite == 2)
    #expect(score.wins == score.winsAsBlack + score.winsAsWhite && score.wins + score.losses == 4)
    #expect(records.allSatisfy { $0.game.isOver && $0.result != nil && $0.blackName == "Kodama random" })
    // Pairs share their beginning.
    #expect(records[0].game.moves.prefix(2) == records[1].game.moves.prefix(2))
    let table = try score.table("a", "b")
    #expect(table.contains("games 4: ") && table.contains("95 % interval"))
    first.end()
    second.end()
    #expect(throws: GoFault.self) { try first.exchange("name") }
  }

  @Test(.enabled(if: hasGNUGo, "GNU Go (/usr/games/gnugo) is not installed")) func gnuGoIsPlayed() throws {
    let own = try EngineProcess(try command("gtp --playouts 300"))
    let other = try EngineProcess("/usr/games/gnugo --mode gtp --level 1 --chinese-rules")
    var score = MatchScore()
    try EngineMatch(.init(games: 2, size: 7, rules: Rules(ko: .simple, komi: 8.5), seconds: 120)).play(own, other) {
      outcome in
      score.add(outcome)
      #expect(outcome.record.game.moves.count > 5 && outcome.record.result?.hasSuffix("Forfeit") == false)
      #expect([outcome.record.blackName, outcome.record.whiteName].contains("GNU Go"))
    }
    #expect(score.games == 2)
  }

  /// The rules of GNU Go are those of this program: what one finds legal, the other does.
  @Test(.enabled(if: hasGNUGo, "GNU Go (/usr/games/gnugo) is not installed")) func gnuGoHasTheSameRules() throws {
    let other = try EngineProcess("/usr/games/gnugo --mode gtp --level 0 --forbid-suicide")
    for size in [5, 9] {
      var (game, random) = (Game(size: size, rules: Rules(ko: .simple)), Philox(seed: UInt64(size)))
      try other.send("boardsize \(size)")
      try other.send("clear_board")
      for number in 0..<3 * size * size {
        let points = game.legalPoints(game.nextColor)
        if number % 9 == 0 {
          let theirs = try other.send("all_legal \(game.nextColor.name)").split(separator: " ").compactMap {
            Point(String($0), size: size)
          }
          #expect(Set(theirs).subtracting([.pass]) == Set(points), "\(BoardDrawing(game).text)")
          let liberties = Point.all(size: size).filter { game.board[$0] != nil }.prefix(5)
          for point in liberties {
            #expect(try other.send("countlib \(point)") == "\(game.board.liberties(of: point).count)")
          }
        }
        let point = points.isEmpty ? .pass : points[random.integer(below: points.count)]
        try other.send("play \(game.nextColor.name) \(point)")
        try game.play(Move(game.nextColor, point))
      }
      #expect(try other.send("captures black") == "\(game.board.capturedWhite)")
    }
  }

  @Test func programsThatFailAreNamed() throws {
    for (line, words) in [
      ("exit 0", "ended"), ("/no/such/program 2> /dev/null", "ended"), ("echo hello; echo; sleep 60", "not with"),
      ("sleep 60", "within"), ("while read x; do printf '? no\\n\\n'; done", "answered with the error no"),
      ("cat /dev/zero", "does not end"), ("kill -9 $$", "ended"),
    ] {
      let engine = try EngineProcess(line, patience: line.hasPrefix("cat") ? 60 : 1.5)
      let start = ContinuousClock.now
      do {
        try engine.send("name")
        Issue.record("\(line) was answered")
      } catch let fault as GoFault {
        #expect(
          "\(fault)".contains(words) && "\(fault)".hasPrefix(line) && fault.exitStatus == .unavailable, "\(fault)")
      }
      engine.end(within: 0.2)
      #expect(ContinuousClock.now - start < .seconds(20))
    }
  }

  @Test func programsAreEndedWithAllTheyStarted() throws {
    try withTemporaryFolder { folder in
      // It ignores the end of its input and SIGTERM, and has a child that does too.
      let engine = try EngineProcess(
        "trap '' TERM; (trap '' TERM; echo $$ > \(folder)/one; while :; do sleep 0.1; done) & echo $! > \(folder)/two; "
          + "read x; printf '= ok\\n\\n'; while :; do sleep 0.1; done", patience: 20)
      #expect(try engine.send("name") == "ok")
      // A shell makes a file before it writes to it.
      func number(_ name: String) -> Int32? {
        (try? bytes("\(folder)/\(name)")).flatMap { Int32(String(decoding: $0, as: UTF8.self).filter(\.isNumber)) }
      }
      try waitUntil("both have written their numbers", within: 20) { number("one") != nil && number("two") != nil }
      let numbers = ["one", "two"].compactMap(number)
      engine.end(within: 0.3)
      for number in numbers {
        // A child that was left is a zombie until the system takes it.
        try waitUntil("process \(number) ends", within: 10) {
          if kill(number, 0) != 0 { return true }
          return (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8))?.contains(") Z ") ?? true
        }
      }
    }
  }

  @Test func illegalMovesLoseAndWrongSettingsAreRefused() throws {
    // It plays the same point again and again.
    let stubborn = "while read a b c; do case $a in genmove) printf '= A1\\n\\n';; *) printf '=\\n\\n';; esac; done"
    let (first, second) = (try EngineProcess(stubborn), try EngineProcess(try command("gtp --player random")))
    var results: [String?] = []
    try EngineMatch(.init(games: 2, size: 5)).play(first, second) { results.append($0.record.result) }
    #expect(results == ["W+Forfeit", "B+Forfeit"])
    for settings in [
      EngineMatch.Settings(games: 0), .init(size: 4), .init(size: 20), .init(seconds: -1), .init(openingMoves: -1),
      .init(size: 5, openingMoves: 13),
    ] {
      #expect(throws: GoFault.self) { try EngineMatch(settings) }
    }
    #expect(throws: (any Error).self) { try MatchScore().table("a", "b") }
  }
}
