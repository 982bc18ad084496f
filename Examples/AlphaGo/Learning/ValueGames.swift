import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import KodamaReinforcement

/// Games for AlphaGo's third stage, of each of which the value network learns one position, so that no two positions have
/// the result of one game.
///
/// The policy of the first stage plays up to a random move U − 1, move U is any, a pass or one that fills no own eye, and
/// the policy of the second stage plays on to the end. The position after move U is marked in the record.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", methods. U is drawn
///   from 1 to 450 there, and here from 1 to the number of points; a game that ends before move U is played again.
public struct ValueGames: Sendable {
  private let first, second: LeeEvaluator
  private let games: PolicyGames
  private let seed: UInt64

  /// Games.
  ///
  /// - Throws: `GoFault.setting` for value networks, and for networks of two sizes of boards.
  public init(first: LeeEvaluator, second: LeeEvaluator, komi: Double, seed: UInt64) throws {
    for network in [first, second] where network.architecture.kind != .policy {
      throw GoFault.setting(name: "the kind of a network", value: "value", range: "policy")
    }
    let (size, other) = (first.architecture.board, second.architecture.board)
    if size != other {
      throw GoFault.setting(
        name: "the board of the second network", value: "\(other)", range: "\(size), that of the first")
    }
    (self.first, self.second, self.seed) = (first, second, seed)
    games = PolicyGames(size: size, komi: komi)
  }

  /// The game of a number, with the position marked that is to be learned.
  public func record(_ number: Int) -> GameRecord {
    var random = Philox(seed: seed, stream: StableHash("value game \(number)").value)
    while true {
      if let record = play(using: &random) { return record }
    }
  }

  private func play(using random: inout Philox) -> GameRecord? {
    let points = games.size * games.size
    let marked = 1 + random.integer(below: points)
    var (position, game) = (games.start, Game(size: games.size, rules: games.settings.rules))
    func record(_ choose: (inout LeePosition) -> Void) -> Bool {
      let color = position.position.color
      choose(&position)
      // Legal by the same rules.
      return (try? game.play(Move(color, position.previous))) != nil
    }
    while position.moveCount > 0 {
      let number = position.position.moveNumber + 1
      let isPlayed =
        if number == marked {
          record { _ = $0.play($0.move(at: random.integer(below: $0.moveCount)), using: &random) }
        } else {
          record { games.play(&$0, number < marked ? first : second, using: &random) }
        }
      if !isPlayed { return nil }
    }
    // The position must have a move of its own.
    guard position.position.moveNumber > marked else { return nil }
    let result = GameRecord.result(score: games.score(position))
    var record = GameRecord(game, blackName: LeeEvaluator.name, whiteName: LeeEvaluator.name, result: result)
    record.marked = marked
    return record
  }
}

extension LeeEvaluator { fileprivate static let name = "Kodama policy" }
