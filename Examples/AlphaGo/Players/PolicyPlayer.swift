import GoGame
import GoNetworks
import KodamaCore

/// Plays by a policy network alone, without a search: the most probable sensible move, or one drawn by its probability.
public struct PolicyPlayer: Player {
  public let name = "Kodama policy"
  private let policy: LeeEvaluator
  private let draws: Bool
  private var random: Philox

  /// A player.
  ///
  /// - Parameters:
  ///   - policy: a policy network.
  ///   - draws: whether moves are drawn; otherwise the most probable one is played.
  /// - Throws: `GoFault.setting` for a value network.
  public init(_ policy: LeeEvaluator, draws: Bool = false, seed: UInt64 = 1) throws {
    guard policy.architecture.kind == .policy else {
      throw GoFault.setting(name: "the kind of the network", value: "value", range: "policy")
    }
    (self.policy, self.draws) = (policy, draws)
    random = Philox(seed: seed, stream: 0x63)
  }

  /// Chooses a move. It takes a moment.
  ///
  /// - Throws: `GoFault.board` where the network is for another size.
  public mutating func chooseMove(in game: Game, color: Color, within time: Duration?) throws -> Choice {
    let size = policy.architecture.board
    if game.size != size { throw GoFault.board(size: game.size, network: size) }
    if winsByPassing(game, color) { return .play(.pass) }
    let features = MoveFeatures.all(on: game.board, color)
    let logits = policy.logits(game.board, features, StoneAges(game), color)
    let points = Point.all(size: size)
    let moves =
      points.indices.filter { features[$0].isSensible && game.isLegal(Move(color, points[$0])) } + [size * size]
    let index =
      if draws {
        random.categorical(Softmax.probabilities(logits, of: moves))
      } else {
        moves.indices.reduce(0) { logits[moves[$1]] > logits[moves[$0]] ? $1 : $0 }
      }
    return .play(moves[index] == size * size ? .pass : points[moves[index]])
  }
}
