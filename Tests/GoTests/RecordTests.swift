import Foundation
import GoGame
import KodamaCore
import TestSupport
import Testing

/// Records of games as SGF.
@Suite struct RecordTests {
  private func tree(_ text: String) throws -> GameTree { try GameTree(Array(text.utf8), path: "a.sgf") }
  private func record(_ text: String) throws -> GameRecord { try GameRecord(try tree(text), path: "a.sgf") }

  @Test func recordsAreRead() throws {
    let record = try record(
      """
      (;GM[1]FF[4]SZ[9]KM[6.5]PB[Left\\]\\\\]PW[R\\
      ight]RE[B+3.5]DT[2026-11-30]RU[Chinese]C[at: the\nbeginning]
      ;B[ee]C[center];W[cc];B[];W[tt])
      """)
    #expect(record.blackName == "Left]\\" && record.whiteName == "Right" && record.result == "B+3.5")
    #expect(record.date == "2026-11-30" && record.game.rules.komi == 6.5 && record.game.size == 9)
    let expected = [
      Move(.black, Point("E5", size: 9)!), Move(.white, Point("C7", size: 9)!), Move(.black, .pass),
      Move(.white, .pass),
    ]
    #expect(record.game.moves == expected && record.comments == [0: "at: the\nbeginning", 1: "center"])
    #expect(record.game.isOver)
  }

  @Test func theMarkedPositionIsKept() throws {
    for (text, marked) in [
      ("(;SZ[9];B[ee];W[cc])", nil), ("(;SZ[9]HO[1];B[ee])", 0), ("(;SZ[9];B[ee]HO[2];W[cc]HO[1])", 1),
      ("(;SZ[9];B[ee];W[cc]HO[1])", 2),
    ] as [(String, Int?)] {
      let record = try record(text)
      #expect(record.marked == marked)
      let again = try self.record(record.text)
      #expect(again.marked == marked && again.game.moves == record.game.moves)
    }
  }

  @Test func handicapsAndPositionsAreRead() throws {
    let handicap = try record("(;GM[1]SZ[9]HA[2]AB[gc][cg]KM[0.5];W[ee];B[dd])")
    #expect(handicap.game.handicap == 2 && handicap.game.setup.map(\.point.description) == ["C3", "G7"])
    #expect(handicap.game.firstColor == .white && handicap.game.moves.count == 2)
    let position = try record("(;SZ[5:5]AB[aa:ca]AW[ab:cb][ee];AE[ee][ba]PL[W];W[de])")
    #expect(lines(position.game.board).joined(separator: " ") == "X.X.. OOO.. ..... ..... ...O.")
    // Nothing but a board of the usual size.
    #expect(try record("(;)").game.size == 19)
    // A move in the first node, and colors that do not take turns.
    #expect(try record("(;SZ[9]B[aa];B[bb];W[cc])").game.moves.map(\.color) == [.black, .black, .white])
  }

  @Test func theMainLineIsTheFirst() throws {
    let tree = try tree("(;SZ[9];B[aa](;W[bb](;B[cc])(;B[dd];W[ee]))(;W[ff]))(;SZ[7];B[gg])")
    #expect(tree.games.count == 2 && tree.nodes.count == 9)
    #expect(tree.mainLine().map { ($0["B"] + $0["W"]).joined() } == ["", "aa", "bb", "cc"])
    #expect(tree.nodes[tree.games[0]].next == [1] && tree.nodes[1].next.count == 2)
    #expect(try GameRecord(tree, game: 1, path: "a.sgf").game.size == 7)
    #expect(throws: GoFault.self) { try GameRecord(tree, game: 2, path: "a.sgf") }
    // Variations are kept in the tree, and written again.
    #expect(try self.tree(tree.text) == tree)
  }

  @Test func oldAndCarelessFormsAreRead() throws {
    let tree = try tree("junk (no) \r\n(\r\n ; GaMe[1] SiZe[9] C[a\\\r\nb\rc\td]\n;Black[aa]B[bb] W [cc])  trailing")
    #expect(
      tree.mainLine()[0]["GM"] == ["1"] && tree.mainLine()[0]["SZ"] == ["9"] && tree.mainLine()[0]["C"] == ["ab\nc d"])
    #expect(tree.mainLine()[1]["B"] == ["aa", "bb"] && tree.mainLine()[1]["W"] == ["cc"])
    let latin = try GameTree([UInt8]("(;PB[".utf8) + [0xE9] + [UInt8]("])".utf8), path: "a")
    #expect(latin.mainLine()[0]["PB"] == ["é"])
    // A line end before a byte of which the sum with it is more than a byte.
    for end in [[10], [13], [13, 10], [10, 13]] as [[UInt8]] {
      let bytes = [UInt8]("(;C[a".utf8) + end + [0xFF] + [UInt8]("])".utf8)
      #expect(try GameTree(bytes, path: "a").mainLine()[0]["C"] == ["a\nÿ"])
    }
    // Tabs are spaces, with and without an escape before them.
    let tabs = try self.tree("(;C[a\tb\\\tc\\\u{0B}d])")
    #expect(try tabs.mainLine()[0]["C"] == ["a b c d"] && self.tree(tabs.text) == tabs)
    let utf = try self.tree("(;PB[木霊])")
    #expect(utf.mainLine()[0]["PB"] == ["木霊"])
  }

  @Test func faultsNameThePlace() throws {
    for (text, line, column, words) in [
      ("", 1, 1, "no game"), ("hello", 1, 1, "no game"), ("(", 1, 1, "no game"), ("()", 1, 1, "no game"),
      ("(;SZ[9]", 1, 8, "last )"), ("(;SZ[9", 1, 5, "no ]"), ("(;SZ[9]\n;B[aa)", 2, 3, "no ]"),
      ("(;SZ)", 1, 5, "no value"),
      ("(;B[aa]\n;B?)", 2, 3, "no value"), ("(;\n!)", 2, 1, "cannot be here"), ("(;B[aa](", 1, 9, "must follow ("),
      ("(;B[aa]())", 1, 9, "must follow ("), ("(;C[\\]", 1, 4, "no ]"), ("(;\u{1})", 1, 3, "cannot be here"),
      ("(;abc[x])", 1, 3, "capital"),
    ] {
      do {
        _ = try tree(text)
        Issue.record("\(text) was read")
      } catch let fault as GoFault {
        guard case .record(let path, let l, let c, let problem) = fault else { Issue.record("\(fault)"); continue }
        #expect(path == "a.sgf" && l == line && c == column && problem.contains(words), "\(text): \(fault)")
        #expect(fault.description.hasPrefix("a.sgf: line \(line), column \(column): ") && fault.exitStatus == .badData)
      }
    }
  }

  @Test func wrongValuesNameTheirNode() throws {
    for (text, line, words) in [
      ("(;GM[2])", 1, "not Go"), ("(;SZ[0])", 1, "SZ[0]"), ("(;SZ[20])", 1, "19x19"), ("(;SZ[9:13])", 1, "square"),
      ("(;SZ[99999999999999999999])", 1, "SZ"), ("(;SZ[])", 1, "SZ"), ("(;KM[lots])", 1, "KM"), ("(;KM[nan])", 1, "KM"),
      ("(;SZ[9]\n;B[jj])", 2, "[jj]"), ("(;SZ[9]\n;B[a])", 2, "[a]"), ("(;SZ[9]\n;W[AA])", 2, "[AA]"),
      ("(;HA[x])", 1, "HA"),
      ("(;HA[-1])", 1, "HA"), ("(;PL[green])", 1, "PL"), ("(;SZ[9]AB[aa:zz])", 1, "[zz]"),
      ("(;SZ[9]AB[tt])", 1, "[tt]"),
      ("(;SZ[9]AB[aa:bb:cc])", 1, "rectangle"), ("(;SZ[9];B[aa]\n;AB[bb])", 2, "after the first move"),
      ("(;SZ[9]\n;B[\(String(repeating: "é\u{1B}", count: 1000))])", 2, "…"),
    ] {
      do {
        _ = try record(text)
        Issue.record("\(text) was read")
      } catch let fault as GoFault {
        guard case .record(_, let l, _, let problem) = fault else { Issue.record("\(fault)"); continue }
        #expect(l == line && problem.contains(words) && problem.utf8.count < 200, "\(text): \(fault)")
        #expect(!fault.description.contains("\u{1B}"))
      }
    }
    #expect(throws: GoFault.illegalMove(path: "a.sgf", number: 2, move: "white A9", problem: "the point is occupied")) {
      try record("(;SZ[9];B[aa];W[aa])")
    }
    #expect(throws: GoFault.setup(point: "A5", problem: "its string has no liberty")) {
      try record("(;SZ[5]AB[aa]AW[ab][ba])")
    }
  }

  @Test func enormousFilesAreRefusedOrRead() throws {
    #expect(throws: GoFault.self) { try tree(String(repeating: "(;", count: 200_000)) }
    #expect(throws: GoFault.self) { try tree("(" + String(repeating: ";", count: GameTree.mostNodes + 1) + ")") }
    // Lines as long as the limit, and their text, need no stack.
    let long = try tree("(" + String(repeating: ";B[]", count: 100_000) + ")")
    #expect(long.nodes.count == 100_000 && long.text.utf8.count > 400_000)
    let nested = try tree(String(repeating: "(;", count: 9_000) + String(repeating: ")", count: 9_000))
    #expect(nested.nodes.count == 9_000 && nested.mainLine().count == 9_000)
    #expect(try tree("(;C[\(String(repeating: "x", count: 3_000_000))])").nodes[0]["C"][0].count == 3_000_000)
    try withTemporaryFolder { folder in
      #expect(throws: FileFault.self) { try GameTree(path: folder + "/none.sgf") }
      #expect(throws: FileFault.self) { try GameTree(path: folder) }
    }
    #expect(throws: GoFault.tooLarge(path: "/dev/zero", what: "bytes", limit: GameTree.mostBytes)) {
      try GameTree(path: "/dev/zero")
    }
  }

  @Test func damagedFilesGiveFaults() throws {
    let whole = Array("(;GM[1]FF[4]SZ[9]KM[6.5]HA[2]AB[cc][gg]PL[W]C[a\\]b](;W[ee];B[ff];W[])(;W[dd]C[x]))".utf8)
    var random = Philox(seed: 9)
    var (read, refused) = (0, 0)
    for number in 0..<1500 {
      var bytes = whole
      for _ in 0...random.integer(below: 4) where !bytes.isEmpty {
        let place = random.integer(below: bytes.count)
        switch random.integer(below: 4) {
        case 0: bytes[place] = UInt8(random.integer(below: 256))
        case 1: bytes.remove(at: place)
        case 2: bytes.insert(whole[random.integer(below: whole.count)], at: place)
        default: bytes = Array(bytes[..<max(1, place)])
        }
      }
      if number < whole.count { bytes = Array(whole[..<number]) }
      do {
        let record = try GameRecord(try GameTree(bytes, path: "a"), path: "a")
        _ = try GameRecord(try GameTree(Array(record.text.utf8), path: "b"), path: "b")
        read += 1
      } catch is GoFault { refused += 1 }
    }
    #expect(read > 30 && refused > 100)
  }

  @Test func writtenRecordsAreReadAgain() throws {
    var random = Philox(seed: 4)
    for size in [2, 5, 9, 19] {
      var game = Game(size: size, rules: Rules(ko: .simple, komi: 0.5))
      if size == 9 {
        game = try Game(
          size: 9, rules: Rules(ko: .simple, komi: -3), setup: Handicap.fixed(4, size: 9)!.map { Move(.black, $0) },
          handicap: 4,
          firstColor: .white)
      }
      if size == 5 {
        game = try Game(
          size: 5, setup: [Move(.white, Point("A1", size: 5)!), Move(.black, Point("E5", size: 5)!)], firstColor: .white
        )
      }
      for _ in 0..<2 * size * size {
        let points = game.legalPoints(game.nextColor)
        let isPass = points.isEmpty || random.integer(below: 10) == 0
        try game.play(Move(game.nextColor, isPass ? .pass : points[random.integer(below: points.count)]))
      }
      var record = GameRecord(game, blackName: "a]b\\c:d", whiteName: "木霊 \\", result: "W+Resign")
      record.comments = [0: "first\nsecond [x]", 3: "\\"]
      record.date = "2026-11-30"
      let again = try self.record(record.text)
      #expect(again.game.moves == game.moves && again.game.size == size && again.game.rules.komi == game.rules.komi)
      let setup = game.setup.sorted { $0.point < $1.point }
      #expect(again.game.setup.sorted { $0.point < $1.point } == setup)
      #expect(again.game.handicap == game.handicap && again.game.firstColor == game.firstColor)
      #expect(again.game.board.hash == game.board.hash && again.comments == record.comments)
      #expect(again.blackName == record.blackName && again.whiteName == record.whiteName)
      #expect(again.result == "W+Resign" && again.date == record.date && again.text == record.text)
    }
  }

  @Test func filesAreNotOverwritten() throws {
    try withTemporaryFolder { folder in
      let record = GameRecord(Game(size: 9))
      try record.write(to: folder + "/a.sgf", existing: .refuse)
      #expect(throws: FileFault.exists(path: folder + "/a.sgf")) {
        try record.write(to: folder + "/a.sgf", existing: .refuse)
      }
      #expect(try GameRecord(path: folder + "/a.sgf").text == record.text)
    }
  }

  @Test func resultsAreWrittenAsRecordsHaveThem() {
    #expect(GameRecord.result(score: 3.5) == "B+3.5" && GameRecord.result(score: -12) == "W+12")
    #expect(GameRecord.result(score: 0) == "0")
  }
}
