import Foundation
import GoGame
import GoPlayers
import GoProtocol
import Kodama

/// What `kodama-go` reads: records of games, and commands of the Go Text Protocol.
let goTargets: [FuzzTarget] = [sgf, gtp]

private let sgf = FuzzTarget(
  "sgf", "records of games of Go, as SGF", form: .text,
  seeds: {
    [
      """
      (;GM[1]FF[4]CA[UTF-8]SZ[9]KM[6.5]PB[Left\\]\\\\]PW[R\\
      ight]RE[B+3.5]DT[2026-11-30]RU[Chinese]C[the beginning];B[ee]C[center];W[cc]HO[1];B[];W[tt])
      """,
      "(;GM[1]SZ[9]HA[2]AB[gc][cg]KM[0.5]PL[W];W[ee](;B[dd];W[ff])(;B[ff]))(;SZ[5:5]AB[aa:ca]AW[ab:cb];AE[aa];B[ed])",
      "junk (no) \r\n(\r\n ; GaMe[1] SiZe[9] C[a\\\r\nb\rc\td]\n;Black[aa];W [cc])  trailing",
    ].map { Array($0.utf8) }
  },
  read: { bytes, _ in
    let tree = try GameTree(bytes, path: "record.sgf")
    precondition(!tree.games.isEmpty && !tree.nodes.isEmpty, "a collection without a game was read")
    let again = try GameTree(Array(tree.text.utf8), path: "again.sgf")
    precondition(again == tree, "a collection that was written is another one")
    for number in tree.games.indices.prefix(4) {
      let record = try GameRecord(tree, game: number, path: "record.sgf")
      let copy = try GameRecord(GameTree(Array(record.text.utf8), path: "copy.sgf"), path: "copy.sgf")
      precondition(copy.game.moves == record.game.moves && copy.marked == record.marked, "a record has other moves")
      precondition(copy.game.board.hash == record.game.board.hash, "a record ends in another position")
      _ = BoardDrawing(record.game).svg
    }
  })

private let gtp = FuzzTarget(
  "gtp", "commands of the Go Text Protocol", form: .text,
  seeds: {
    [
      "1 boardsize 9\n2 clear_board\nkomi 6.5\nplay black E5\n3 genmove white\nundo\nshowboard\nquit\n",
      "time_settings 10 5 3\ntime_left black 4 1\nfixed_handicap 2\ngenmove w\nfinal_score\nfinal_status_list dead\n",
      "list_commands\nknown_command play\nname\nversion\nprotocol_version\nreg_genmove black\nplace_free_handicap 3\n",
      "boardsize 5\nset_free_handicap A1 E5\nplay w C3\nplay b pass\nquery_boardsize\nget_komi\n# no command\n",
    ].map { Array($0.utf8) }
  },
  read: { bytes, _ in
    var refused: String?
    // Commands that read and write files are for the person who started the program.
    let text = String(decoding: bytes, as: UTF8.self).lowercased()
    if text.contains("sgf") { return }
    var session = GTPSession(GTPEngine(RandomPlayer(), size: 9)) { response in
      precondition(response.hasPrefix("=") || response.hasPrefix("?"), "a response without its sign: \(response)")
      precondition(response.hasSuffix("\n\n"), "a response without its end: \(response)")
      let body = response.dropLast(2)
      precondition(!body.contains("\n\n"), "a response with an empty line: \(response)")
      if response.hasPrefix("?") { refused = String(body) }
    }
    try session.receive(bytes)
    try session.end()
    if let refused { throw Refusal(description: refused) }
  })

/// A command that was answered with an error.
private struct Refusal: Fault {
  let description: String
  var exitStatus: ExitStatus { .badData }
}
