import GoGame
import GoNetworks
import GoPlayers
import KodamaCore
import KodamaTensors

/// The last games, from whose positions batches are drawn.
public struct ReplayWindow: Sendable {
  /// The largest number of positions; of more the oldest games are dropped.
  public let capacity: Int
  /// What games are played by, which tells what they are worth.
  public let settings: SearchPosition.Settings
  /// The games, the oldest first.
  public private(set) var games: [PlayedGame] = []
  /// The number of positions before each game.
  private var starts: [Int] = []
  /// The number of positions.
  public private(set) var count = 0

  /// An empty window.
  public init(capacity: Int, _ settings: SearchPosition.Settings) {
    (self.capacity, self.settings) = (capacity, settings)
  }

  /// Adds games.
  public mutating func add(_ new: [PlayedGame]) {
    games += new.filter { !$0.moves.isEmpty }
    count = games.reduce(0) { $0 + $1.moves.count }
    var dropped = 0
    while count > capacity && dropped < games.count - 1 {
      count -= games[dropped].moves.count
      dropped += 1
    }
    games.removeFirst(dropped)
    starts = []
    var sum = 0
    for game in games {
      starts.append(sum)
      sum += game.moves.count
    }
  }

  /// Positions with what the network is to find there.
  public struct Batch: Sendable {
    /// The planes [rows, size, size, planes].
    public let planes: Tensor<Float>
    /// The shares of moves [rows, moves].
    public let policies: Tensor<Float>
    /// What the games are worth for the players to move [rows, 1].
    public let results: Tensor<Float>
  }

  /// Positions drawn uniformly, each in a random symmetry.
  ///
  /// - Precondition: the window is not empty.
  public func batch(_ rows: Int, using random: inout Philox) -> Batch {
    precondition(count > 0, "a batch of no games")
    let size = games[0].size
    let symmetries = Symmetry.all(size: size)
    var (planes, policies, results) = ([Float](), [Float](), [Float]())
    planes.reserveCapacity(rows * size * size * ZeroPlanes.count)
    for _ in 0..<rows {
      let place = random.integer(below: count)
      let index = self.index(of: place)
      let (game, position) = (games[index], place - starts[index])
      let symmetry = symmetries[random.integer(below: Symmetry.count)]
      let color = game.color(position)
      planes += ZeroPlanes.map(of: game.positions[...position], color, symmetry)
      policies += symmetry.applied(to: game.policies[position])
      results.append(Float((color == .black ? 1 : -1) * game.worth(settings)))
    }
    return Batch(
      planes: Tensor([rows, size, size, ZeroPlanes.count], planes),
      policies: Tensor([rows, size * size + 1], policies),
      results: Tensor([rows, 1], results))
  }

  /// The game that a position belongs to.
  private func index(of place: Int) -> Int {
    var (low, high) = (0, starts.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if starts[middle] <= place { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
