import GoGame
import KodamaCore

/// A position for tree search with what AlphaGo's networks and rollouts depend on: the ages of stones, and the last move.
public struct LeePosition: GamePosition {
  /// The position.
  public private(set) var position: SearchPosition
  /// How long ago its stones were played.
  public private(set) var ages: StoneAges
  /// The point of the last move; a pass where there was none.
  public private(set) var previous: Point

  public init(_ game: Game, _ settings: SearchPosition.Settings, color: Color) {
    position = SearchPosition(game, settings, color: color)
    ages = StoneAges(game)
    previous = game.moves.last?.point ?? .pass
  }

  public var player: Int { position.player }
  public var moveCount: Int { position.moveCount }
  public func move(at index: Int) -> Int { position.move(at: index) }

  public mutating func play(_ move: Int, using random: inout Philox) -> Double {
    previous = Point(index: move)
    ages.play(Move(position.color, previous))
    return position.play(move, using: &random)
  }
}
