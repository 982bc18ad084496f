import GoGame
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The tree of a search by random games. Children of a node stand side by side in one array.
struct PlayoutTree {
  private struct Node {
    /// The move that leads here, 0 for a pass.
    let point: Int16
    /// The number of children, −1 before they are made.
    var count: Int16 = -1
    var first: Int32 = 0
    var visits: Float = 0
    /// The games that the player of the move won, an equal score half.
    var wins: Float = 0
    /// The same of games in which the player played the point first, now or later.
    var laterVisits: Float = 0
    var laterWins: Float = 0
    /// Whether the move repeats a position.
    var isIllegal = false

    init(_ point: Point) { self.point = Int16(point.index) }
  }

  /// The most nodes, about 100 MB.
  private static let mostNodes = 4 << 20

  private let game: Game
  private let color: Color
  private let settings: SearchPlayer.Settings
  private var nodes: [Node]
  private var scratch: Playout
  // Of the present game, in memory that is reused: nodes and hashes.
  private var path: [Int] = []
  private var hashes: [UInt64] = []

  init(_ game: Game, color: Color, settings: SearchPlayer.Settings) {
    (self.game, self.color, self.settings) = (game, color, settings)
    scratch = Playout(size: game.size, allowsSuicide: game.rules.allowsSuicide)
    nodes = [Node(.pass)]
    scratch.begin(game.board)
    expand(0, color)
  }

  /// Plays a game: down the tree, one node further, and on at random.
  mutating func playout(using random: inout Philox) {
    scratch.begin(game.board)
    path.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    path.append(0)
    var (node, turn, passes) = (0, color, game.passCount % 2)
    var isOver = false
    while !isOver {
      if nodes[node].count < 0 {
        guard nodes[node].visits >= Float(settings.expansion), nodes.count < Self.mostNodes else { break }
        expand(node, turn)
      }
      guard let child = select(node) else { break }
      let point = Point(index: Int(nodes[child].point))
      scratch.play(Move(turn, point))
      if point.isPass {
        passes += 1
        isOver = passes >= 2
      } else {
        passes = 0
        let hash = scratch.board.hash
        if game.rules.ko == .positional && (game.hasOccurred(hash) || hashes.contains(hash)) {
          nodes[child].isIllegal = true
          return
        }
        hashes.append(hash)
      }
      path.append(child)
      node = child
      turn = turn.opponent
    }
    let difference = isOver ? scratch.board.areaDifference : scratch.run(turn, using: &random)
    learn(Double(difference) - game.rules.komi)
  }

  /// Makes the children of a node: a pass, and all legal moves that fill no eye. The scratch board has its position.
  private mutating func expand(_ node: Int, _ turn: Color) {
    nodes[node].first = Int32(nodes.count)
    nodes.append(Node(.pass))
    for number in 0..<scratch.board.emptyCount {
      let point = scratch.board.emptyPoint(number)
      if !scratch.board.isLegal(point, turn) || scratch.board.isEye(point, of: turn) { continue }
      // Repetitions of earlier moves of the search are found when they are played.
      if node == 0 && !game.isLegal(Move(turn, point)) { continue }
      nodes.append(Node(point))
    }
    nodes[node].count = Int16(nodes.count - Int(nodes[node].first))
  }

  private func select(_ node: Int) -> Int? {
    let first = Int(nodes[node].first)
    let logarithm = log(max(1, nodes[node].visits))
    let (exploration, k) = (Float(settings.exploration), Float(settings.equivalence))
    var (best, bestValue): (Int?, Float) = (nil, -.infinity)
    for index in first..<first + Int(nodes[node].count) {
      let child = nodes[index]
      if child.isIllegal { continue }
      var value = child.visits > 0 ? child.wins / child.visits : 0.5
      if k > 0 && child.laterVisits > 0 {
        let weight = (k / (3 * child.visits + k)).squareRoot()
        value += weight * (child.laterWins / child.laterVisits - value)
      } else if child.visits == 0 && child.point != 0 {
        // Tried before anything is tried again.
        value = 10
      }
      value += exploration * (logarithm / (child.visits + 1)).squareRoot()
      if value > bestValue { (best, bestValue) = (index, value) }
    }
    return best
  }

  /// Counts a game in all nodes of its path, and in their siblings that were played later.
  private mutating func learn(_ score: Double) {
    let black: Float = score > 0 ? 1 : score < 0 ? 0 : 0.5
    var turn = color
    for (depth, node) in path.enumerated() {
      nodes[node].visits += 1
      // The move to a node is the opponent's of whose turn it is there.
      if depth > 0 { nodes[node].wins += turn == .white ? black : 1 - black }
      if settings.equivalence > 0 && nodes[node].count > 0 {
        let (won, own) = (turn == .black ? black : 1 - black, turn.rawValue)
        let first = Int(nodes[node].first)
        for index in first..<first + Int(nodes[node].count)
        where scratch.firstPlays[Int(nodes[index].point)] == own {
          nodes[index].laterVisits += 1
          nodes[index].laterWins += won
        }
      }
      turn = turn.opponent
    }
  }

  /// What the search found.
  var summary: SearchSummary {
    let first = Int(nodes[0].first)
    let moves = nodes[first..<first + Int(nodes[0].count)].filter { !$0.isIllegal }.map { node in
      SearchSummary.Move(
        point: Point(index: Int(node.point)), visits: Int(node.visits),
        winRate: node.visits > 0 ? Double(node.wins / node.visits) : 0)
    }
    // Of equally often visited moves the better one, then the first on the board.
    let sorted = moves.sorted {
      ($0.visits, $0.winRate, $1.point.index) > ($1.visits, $1.winRate, $0.point.index)
    }
    return SearchSummary(playouts: Int(nodes[0].visits), winRate: sorted.first?.winRate ?? 0, moves: sorted)
  }
}
