import Foundation
import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import TestSupport
import Testing

/// The network in `checkpoints/go-7x7`.
@Suite struct ShippedNetworkTests {
  private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("checkpoints/go-7x7").path

  private static func network() throws -> ZeroEvaluator { ZeroEvaluator(try ZeroModel(path: path)) }

  @Test func itBeginsInTheCenter() throws {
    var player = try ZeroPlayer(Self.network(), .init(visits: 100))
    let choice = try player.chooseMove(in: Game(size: 7, rules: Rules(komi: 9)), color: .black, within: nil)
    #expect(choice == .play(Point("D4", size: 7)!))
    #expect(throws: GoFault.board(size: 9, network: 7)) {
      try player.chooseMove(in: Game(size: 9), color: .black, within: nil)
    }
  }

  @Test(arguments: Color.allCases) func itBeatsASearchWithoutANetwork(color: Color) throws {
    var zero = try ZeroPlayer(Self.network(), .init(visits: 100, resignation: nil))
    var search = try SearchPlayer(.init(playouts: 500, resignation: 0))
    var game = Game(size: 7, rules: Rules(komi: 9))
    while !game.isOver && game.moves.count < 120 {
      let turn = game.nextColor
      let choice =
        try turn == color
        ? zero.chooseMove(in: game, color: turn, within: nil) : search.chooseMove(in: game, color: turn, within: nil)
      guard case .play(let point) = choice else { break }
      try game.play(Move(turn, point))
    }
    let score = game.scoreWithoutDead()
    #expect(color == .black ? score > 0 : score < 0, "\(score) after \(game.moves.count) moves")
  }
}
