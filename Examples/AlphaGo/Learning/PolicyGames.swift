import GoGame
import GoNetworks
import GoPlayers
import KodamaCore

/// Games of policy networks, whose moves are drawn by their probabilities.
///
/// Games end with two passes, or after twice as many moves as the board has points. Policies pass before everything is
/// captured, as the players do whom they imitate, so dead strings are removed before a game is scored, as in matches.
struct PolicyGames: Sendable {
  /// Rows and columns.
  let size: Int
  /// What games are played by.
  let settings: SearchPosition.Settings

  /// The random games that find dead strings.
  private static let playouts = 100

  init(size: Int, komi: Double) {
    self.size = size
    settings = SearchPosition.Settings(rules: Rules(komi: komi))
  }

  /// An empty board.
  var start: LeePosition { LeePosition(Game(size: size, rules: settings.rules), settings, color: .black) }

  /// A move that was drawn, with what it was drawn from.
  struct Choice: Sendable, Equatable {
    /// The planes of the position as the network saw them, in a symmetry of the board, and the move there as the number of
    /// an output.
    var example: PositionExample
    /// The possible moves there, as numbers of outputs.
    var possible: [Int]
    /// Whose move it was.
    var color: Color
  }

  /// Draws a move and plays it.
  func play(_ position: inout LeePosition, _ policy: LeeEvaluator, using random: inout Philox) {
    let features = MoveFeatures.all(on: position.position.board, position.position.color)
    advance(&position, policy, features, using: &random)
  }

  /// Draws a move and plays it.
  ///
  /// - Returns: the choice, for learning.
  func choose(_ position: inout LeePosition, _ policy: LeeEvaluator, using random: inout Philox) -> Choice {
    let (board, color, ages) = (position.position.board, position.position.color, position.ages)
    let (features, possible) = (MoveFeatures.all(on: board, color), position.position.outputs)
    let (move, symmetry) = advance(&position, policy, features, using: &random)
    let map = LeePlanes.map(of: board, features, ages, color, symmetry, forValue: true)
    return Choice(
      example: PositionExample(map: map, move: symmetry.targets[move], result: 0),
      possible: possible.map { symmetry.targets[$0] }, color: color)
  }

  @discardableResult private func advance(
    _ position: inout LeePosition, _ policy: LeeEvaluator, _ features: [MoveFeatures], using random: inout Philox
  ) -> (move: Int, symmetry: Symmetry) {
    let (board, color) = (position.position.board, position.position.color)
    let symmetry = random.integer(below: Symmetry.count)
    let logits = policy.logits(board, features, position.ages, color, symmetry: symmetry)
    let possible = position.position.outputs
    let index = random.categorical(Softmax.probabilities(logits, of: possible))
    _ = position.play(position.move(at: index), using: &random)
    return (possible[index], Symmetry(symmetry, size: size))
  }

  /// Black's score less white's at the end of a game.
  func score(_ end: LeePosition) -> Double {
    let board = end.position.board
    return Double(Ownership(board, playouts: Self.playouts).withoutDead(board).areaDifference) - settings.rules.komi
  }
}
