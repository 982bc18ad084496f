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

  /// A move that was drawn, with what it was drawn from, as the network saw it in a symmetry of the board.
  struct Choice: Sendable, Equatable {
    /// The planes of the position, and the move as the number of an output.
    var example: PositionExample
    /// The possible moves, as numbers of outputs.
    var possible: [Int]
  }

  /// Draws a move and plays it.
  func play(_ position: inout LeePosition, _ policy: LeeEvaluator, using random: inout Philox) {
    let features = MoveFeatures.all(on: position.position.board, position.position.color)
    let drawn = draw(position, policy, features, using: &random)
    _ = position.play(position.move(at: drawn.index), using: &random)
  }

  /// Draws a move and plays it.
  ///
  /// - Returns: the choice, for learning.
  func choose(_ position: inout LeePosition, _ policy: LeeEvaluator, using random: inout Philox) -> Choice {
    let (board, color) = (position.position.board, position.position.color)
    let features = MoveFeatures.all(on: board, color)
    let drawn = draw(position, policy, features, using: &random)
    let symmetry = Symmetry(drawn.symmetry, size: size)
    let map = LeePlanes.map(of: board, features, position.ages, color, symmetry, forValue: true)
    let possible = drawn.possible.map { symmetry.targets[$0] }
    _ = position.play(position.move(at: drawn.index), using: &random)
    return Choice(
      example: PositionExample(map: map, move: possible[drawn.index], result: 0), possible: possible)
  }

  /// Draws a move.
  ///
  /// - Returns: the symmetry in which the network saw the board, the possible moves as outputs, and which of them.
  private func draw(
    _ position: LeePosition, _ policy: LeeEvaluator, _ features: [MoveFeatures], using random: inout Philox
  ) -> (symmetry: Int, possible: [Int], index: Int) {
    let symmetry = random.integer(below: Symmetry.count)
    let logits = policy.logits(
      position.position.board, features, position.ages, position.position.color, symmetry: symmetry)
    let possible = position.position.outputs
    return (symmetry, possible, random.categorical(Softmax.probabilities(logits, of: possible)))
  }

  /// Black's score less white's at the end of a game.
  func score(_ end: LeePosition) -> Double {
    let board = end.position.board
    return Double(Ownership(board, playouts: Self.playouts).withoutDead(board).areaDifference) - settings.rules.komi
  }
}
