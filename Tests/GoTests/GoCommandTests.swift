import Foundation
import GoGame
import TestSupport
import Testing

/// The command `kodama-go` as it is run.
@Suite struct GoCommandTests {
  private static let program = BuiltProgram.path

  private func run(_ arguments: [String], input: String = "") throws -> Child.End {
    let pipe = try PipeWriter()
    let child = try Child(try #require(Self.program, "kodama-go is not built"), arguments, input: pipe)
    try pipe.write(input.utf8)
    pipe.close()
    return try child.end()
  }

  @Test func theProtocolIsAnsweredOnStandardInput() throws {
    let end = try run(
      ["gtp", "--board", "7", "--player", "random"], input: "1 query_boardsize\n2 get_komi\n\u{0}\u{1}?\nquit\nname\n")
    #expect(end.status == 0 && end.text == "=1 7\n\n=2 9\n\n? unknown command\n\n=\n\n" && end.errors.isEmpty)
    let open = try run(["gtp"], input: "name")
    #expect(open.status == 0 && open.text == "= Kodama UCT\n\n")
  }

  @Test func gamesArePlayedInTheTerminal() throws {
    try withTemporaryFolder { folder in
      let end = try run(
        ["play", "--board", "5", "--player", "random", "-o", folder + "/a.sgf"],
        input: "what\nC3\nC3\nundo\nundo\nB2\nscore\nresign\n")
      #expect(end.status == 0 && end.text.contains("black to move> ") && end.text.contains("result: W+Resign"))
      #expect(end.text.contains("the point is occupied") && end.text.contains("a move is a point such as D4"))
      #expect(end.text.contains("there is no move to take back") && end.text.contains("score as it stands: "))
      let record = try GameRecord(path: folder + "/a.sgf")
      #expect(record.game.moves.count == 2 && record.result == "W+Resign" && record.whiteName == "Kodama random")
      let again = try run(["play", "-o", folder + "/a.sgf"], input: "quit\n")
      #expect(again.status == 73 && again.errors.contains("exists already"))
    }
    let white = try run(
      ["play", "--board", "9", "--color", "white", "--player", "random", "--handicap", "2"], input: "pass\nquit\n")
    #expect(white.status == 0 && white.text.contains("(X)"))
  }

  @Test func gamesAreShown() throws {
    try withTemporaryFolder { folder in
      try write(Array("(;SZ[5]PB[a\u{1B}[31m]KM[0.5];B[cc];W[cd];B[ea])".utf8), to: folder + "/a.sgf")
      let text = try run(["show", folder + "/a.sgf"])
      #expect(
        text.status == 0 && text.text.hasPrefix("a[31m (black) – ? (white), 5x5, komi 0.5, result ?\nmove 3 of 3\n"))
      #expect(text.text.contains("(X)5"))
      let svg = try run(["show", folder + "/a.sgf", "--svg", "--move", "2", "-o", folder + "/a.svg"])
      #expect(svg.status == 0)
      #expect(try bytes(folder + "/a.svg").starts(with: "<svg ".utf8))
      try write(Array("(;SZ[5]".utf8), to: folder + "/b.sgf")
      let bad = try run(["show", folder + "/b.sgf"])
      #expect(
        bad.status == 65
          && bad.errors
            == "Error: \(folder)/b.sgf: line 1, column 8: the file ends before its last ); mend the record, or export it again as SGF FF[4]\n"
      )
      #expect(try run(["show", folder + "/none.sgf"]).status == 66)
    }
  }

  @Test func matchesAreWrittenAndWrongArgumentsRefused() throws {
    try withTemporaryFolder { folder in
      let engine = "'\(try #require(Self.program))' gtp --player random"
      let end = try run([
        "match", engine, engine + " --seed 2", "--games", "2", "--board", "5", "-o", folder + "/games",
      ])
      #expect(end.status == 0 && end.text.contains("games 2: ") && end.errors.contains("game 2: B black, A white: "))
      #expect(try TestSupport.names(in: folder + "/games") == ["001.sgf", "002.sgf"])
      _ = try GameRecord(path: folder + "/games/002.sgf")
      let again = try run(["match", engine, engine, "-o", folder + "/games"])
      #expect(again.status == 73)
      #expect(try run(["match", "exit 3", engine, "--games", "1"]).status == 69)
    }
    for arguments in [
      ["gtp", "--board", "4"], ["gtp", "--playouts", "0"], ["gtp", "--komi", "nan"], ["gtp", "--ko", "none"], ["stop"],
      ["match", "a"], ["match", "a", "b", "--games", "0"], ["show"], ["play", "--board", "5", "--handicap", "2"],
      ["bench", "playouts", "--seconds", "0"], ["gtp", "--seconds", "-1"],
    ] {
      #expect(try run(arguments).status == 64, "\(arguments)")
    }
    let bench = try run(["bench", "playouts", "--board", "5", "--seconds", "0.05", "--json"])
    #expect(bench.status == 0 && bench.text.contains("\"playoutsPerSecond\": "))
  }

  @Test func aNetworkLearnsAndPlays() throws {
    try withTemporaryFolder { folder in
      let run = folder + "/run"
      let settings = [
        "--board", "5", "--games", "4", "--visits", "8", "--blocks", "1", "--channels", "8", "--match-games", "2",
      ]
      let learned = try self.run(["learn", run, "--iterations", "2"] + settings)
      #expect(learned.status == 0 && learned.text.isEmpty, "\(learned.errors)")
      #expect(learned.errors.contains("iteration 2; 8 games; ") && learned.errors.contains("match "))
      let more = try self.run(["learn", run, "--resume", "--iterations", "3", "--quiet", "--threads", "2"])
      #expect(more.status == 0 && more.errors.isEmpty)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: run + "/iterations").sorted() == ["0001", "0002", "0003"])
      let again = try self.run(["learn", run, "--iterations", "1"] + settings)
      #expect(again.status == 73 && again.errors.contains("exists already"))

      let game = try self.run(
        ["gtp", "--network", run, "--board", "5", "--visits", "20"],
        input: "name\ngenmove b\nboardsize 9\ngenmove w\nclear_board\nboardsize 5\n7 genmove b\nquit\n")
      let answers = game.text.components(separatedBy: "\n\n")
      #expect(game.status == 0 && answers[0] == "= Kodama Zero" && answers[1].hasPrefix("= "))
      #expect(answers[3].hasPrefix("? the network is for boards of 5x5, not 9x9") && answers[6].hasPrefix("=7 "))
    }
  }

  @Test func aPolicyImitatesRecords() throws {
    try withTemporaryFolder { folder in
      let random = (try #require(Self.program)) + " gtp --player random"
      let match = try self.run(
        ["match", random, random, "--games", "24", "--board", "5", "-o", folder + "/games", "--quiet"])
      #expect(match.status == 0, "\(match.errors)")
      let settings = ["--board", "5", "--layers", "1", "--channels", "8", "--steps", "4"]
      let learned = try self.run(["imitate", folder + "/games", "-o", folder + "/run"] + settings)
      #expect(learned.status == 0 && learned.errors.contains("step 4: cross entropy "), "\(learned.errors)")
      #expect(learned.errors.contains("the rollout policy: cross-entropy "))
      let again = try self.run(["imitate", folder + "/games", "-o", folder + "/run"] + settings)
      #expect(again.status == 73 && !again.errors.isEmpty)
      let resumed = try self.run(["imitate", folder + "/games", "-o", folder + "/run", "--resume", "--quiet"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      let game = try self.run(
        ["gtp", "--player", "policy", "--network", folder + "/run", "--board", "5"], input: "name\ngenmove b\nquit\n")
      let answers = game.text.components(separatedBy: "\n\n")
      #expect(game.status == 0 && answers[0] == "= Kodama policy" && answers[1].hasPrefix("= "))
      try theSecondAndTheThirdStage(folder)
      let empty = try self.run(["imitate", folder + "/games", "-o", folder + "/x", "--board", "9"])
      #expect(empty.status == 65 && empty.errors.contains("0 games on 9x9"), "\(empty.errors)")
    }
  }

  /// On the policy in `run`.
  private func theSecondAndTheThirdStage(_ folder: String) throws {
    let (policy, second) = (folder + "/run", folder + "/second")
    let settings = ["--iterations", "2", "--games", "2", "--pool-interval", "1"]
    let learned = try self.run(["reinforce", policy, "-o", second] + settings)
    #expect(learned.status == 0 && learned.errors.contains("iteration 2: "), "\(learned.errors)")
    #expect(try TestSupport.names(in: second + "/pool") == ["0", "1", "2"])
    let more = try self.run(["reinforce", "-o", second, "--resume", "--iterations", "3", "--threads", "2", "--quiet"])
    #expect(more.status == 0 && more.errors.isEmpty, "\(more.errors)")
    #expect(try self.run(["reinforce", policy, "-o", second] + settings).status == 73)

    let positions = ["positions", policy, second + "/last", "-o", folder + "/positions"]
    let first = try self.run(positions + ["--games", "30"])
    #expect(first.status == 0 && first.errors.isEmpty, "\(first.errors)")
    let whole = try bytes(folder + "/positions/00000000.sgf")
    let rest = try self.run(positions + ["--games", "130", "--resume"])
    #expect(try rest.status == 0 && bytes(folder + "/positions/00000000.sgf").starts(with: whole))
    #expect(try GameTree(path: folder + "/positions/00000000.sgf").games.count == 100)
    #expect(try TestSupport.names(in: folder + "/positions") == ["00000000.sgf", "00000100.sgf", "positions.json"])
    #expect(try self.run(positions + ["--games", "30"]).status == 73)
    let other = try self.run(positions + ["--games", "30", "--resume", "--komi", "0.5"])
    #expect(other.status == 65 && other.errors.contains("komi"), "\(other.errors)")

    let value = try self.run(
      ["imitate", folder + "/positions", "-o", folder + "/value", "--network", "value", "--positions", "marked"]
        + ["--board", "5", "--layers", "1", "--channels", "8", "--steps", "4"])
    #expect(
      value.status == 0 && value.errors.contains("games with 117 positions, and 13 with 13 held out"), "\(value.errors)"
    )
    let game = try self.run(
      ["gtp", "--player", "lee", "--network", second + "/last", "--value", folder + "/value", "--board", "5"]
        + ["--rollout", policy + "/rollout", "--visits", "20", "--expansion", "2", "--threads", "2"],
      input: "name\ngenmove b\nquit\n")
    let answers = game.text.components(separatedBy: "\n\n")
    #expect(game.status == 0 && answers[0] == "= Kodama Lee" && answers[1].hasPrefix("= "), "\(game.errors)")
    let speed = try self.run(
      ["bench", "policy", "--network", policy, "--rollout", policy + "/rollout", "--seconds", "0.02", "--json"])
    #expect(speed.status == 0 && speed.text.contains("\"rolloutMovesPerSecond\": "), "\(speed.errors)")
  }

  @Test(arguments: [
    (["learn"], 64, "missing"), (["learn", "run"], 64, "--for or --iterations"),
    (["learn", "run", "--for", "2"], 64, "not a length of time"), (["learn", "run", "--for", "0s"], 64, "--for 0s"),
    (["learn", "run", "--iterations", "0"], 64, "--iterations"),
    (["learn", "run", "--iterations", "1", "--visits", "1"], 64, "visits is 1"),
    (["learn", "run", "--iterations", "1", "--board", "9", "--blocks", "0"], 64, "network.blocks is 0"),
    (["learn", "none", "--resume", "--iterations", "1"], 66, "none/plan.json"),
    (["learn", "none", "--resume", "--for", "1s", "--rate", "1"], 64, "plan.json"),
    (["gtp", "--network", "none"], 66, "none/config.json"), (["gtp", "--player", "zero"], 64, "--network"),
    (["gtp", "--player", "uct", "--network", "a"], 64, "--network"),
    (["gtp", "--player", "lee"], 64, "--value"),
    (["gtp", "--player", "zero", "--network", "a", "--value", "b"], 64, "lee"), (["gtp", "--mixing", "1"], 64, "lee"),
    (["gtp", "--player", "lee", "--value", "none"], 66, "none: cannot be read"),
    (["gtp", "--player", "lee", "--rollout", "none", "--mixing", "2"], 66, "none/config.json"),
    (["reinforce", "-o", "x"], 64, "--resume"), (["reinforce", "none", "-o", "x"], 66, "none"),
    (["reinforce", "-o", "none", "--resume"], 66, "none/plan.json"),
    (["reinforce", "-o", "none", "--resume", "--rate", "1"], 64, "plan.json"),
    (["positions", "none", "none", "-o", "x"], 66, "none"),
    (["positions", "a", "b", "-o", "x", "--games", "0"], 64, "games"),
    (["bench", "policy", "--seconds", "0"], 64, "--seconds"),
  ]) func whatCannotBeLearnedIsNamed(arguments: [String], status: Int32, mention: String) throws {
    let end = try run(arguments, input: "name\n")
    #expect(end.status == status && end.errors.lowercased().contains(mention.lowercased()), "\(end.errors)")
  }
}
