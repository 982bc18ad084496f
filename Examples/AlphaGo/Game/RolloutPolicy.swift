import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A fast policy for playouts: a softmax of sums of weights, one weight for each feature of a move.
///
/// p(a) = exp(Σ_{i ∈ features(a)} w[i]) / Σ_b exp(Σ_{i ∈ features(b)} w[i]), over the moves that are legal and fill no own
/// eye. The features:
///
/// - whether the move is a response, at most two steps from the previous move;
/// - whether it saves stones from capture: a string in atari has two liberties after it, or a string beside it is captured;
/// - whether it is beside the previous move, or at its corner;
/// - the pattern of the eight points around the move;
/// - for a response, the pattern of the twelve points around the previous move, with the place of the response.
///
/// Patterns contain colors and the liberties of strings, one, two, or more. They are hashed to one of 65536 weights of each
/// kind, the same for all rotations and reflections.
///
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", extended data
///   table 4. We leave out the patterns of nakade, distinguish two neighborhoods instead of eight, which symmetry makes
///   equal, and hash all patterns instead of listing those that occur in records.
public struct RolloutPolicy: Sendable, Equatable {
  /// The number of weights.
  public static let weightCount = RolloutMove.weightCount

  /// The weights by features: 0 for a response, 1 for saving stones, 2 beside the previous move, 3 at its corner, then
  /// patterns around moves, then patterns with responses.
  public private(set) var weights: [Float]

  /// A policy whose moves are all equally probable.
  public init() { weights = Array(repeating: 0, count: Self.weightCount) }

  /// A policy of weights.
  ///
  /// - Precondition: there are `weightCount`, all finite.
  public init(weights: [Float]) {
    precondition(weights.count == Self.weightCount, "\(weights.count) weights for \(Self.weightCount) features")
    precondition(weights.allSatisfy(\.isFinite), "a weight is not finite")
    self.weights = weights
  }

  /// The moves that are legal and fill no own eye, with their features, row by row from the bottom.
  ///
  /// - Parameter previous: the point of the move before; a pass for none.
  public static func moves(on board: Board, _ color: Color, after previous: Point) -> [RolloutMove] {
    var reader = RolloutReader(size: board.size)
    reader.read(board, color.rawValue, after: previous.index)
    return reader.moves
  }

  /// The probability of each point, row by row from the bottom; all 0 where no move is sensible.
  ///
  /// - Parameter previous: the point of the move before; a pass for none.
  public func probabilities(on board: Board, _ color: Color, after previous: Point) -> [Float] {
    var draw = RolloutDraw(size: board.size)
    let sum = draw.read(board, color.rawValue, after: previous.index, self)
    var result = [Float](repeating: 0, count: board.size * board.size)
    for (move, value) in zip(draw.reader.moves, draw.values) {
      result[move.point.row * board.size + move.point.column] = value / sum
    }
    return result
  }

  /// Draws a move; a pass where none is sensible.
  ///
  /// - Parameter previous: the point of the move before; a pass for none.
  public func move(on board: Board, _ color: Color, after previous: Point, using random: inout Philox) -> Point {
    var draw = RolloutDraw(size: board.size)
    return Point(index: draw.move(board, color.rawValue, after: previous.index, self, using: &random))
  }

  @inline(__always) func logit(_ move: RolloutMove) -> Float {
    var sum: Float = 0
    move.forEachFeature { sum += weights[$0] }
    return sum
  }

  // MARK: Learning

  /// How well the policy predicts moves.
  public struct Score: Sendable, Equatable {
    /// The number of moves. Passes, and moves that are not sensible, are not counted.
    public var count = 0
    /// The sum of −ln p(move).
    public var logLossSum = 0.0
    /// The number of moves that were the most probable ones, the first on the board of equally probable ones.
    public var firstCount = 0

    /// No moves.
    public init() {}

    /// The mean of −ln p(move); NaN without moves.
    public var logLoss: Double { logLossSum / Double(count) }
    /// The part of moves that were the most probable ones; NaN without moves.
    public var accuracy: Double { Double(firstCount) / Double(count) }

    /// Adds another score.
    public static func += (a: inout Score, b: Score) {
      a.count += b.count
      a.logLossSum += b.logLossSum
      a.firstCount += b.firstCount
    }
  }

  /// How well the policy predicts a move.
  ///
  /// - Parameter previous: the point of the move before; a pass for none.
  public func score(_ move: Move, on board: Board, after previous: Point) -> Score {
    var draw = RolloutDraw(size: board.size)
    return draw.score(move, on: board, after: previous, self)?.score ?? Score()
  }

  /// A step of gradient ascent on ln p(move): w ← w + rate · (features(move) − Σ_a p(a) features(a)).
  ///
  /// - Parameter previous: the point of the move before; a pass for none.
  /// - Returns: how well the policy predicted the move before the step.
  @discardableResult public mutating func learn(
    _ move: Move, on board: Board, after previous: Point, rate: Float
  ) -> Score {
    var draw = RolloutDraw(size: board.size)
    return learn(move, on: board, after: previous, rate: rate, &draw)
  }

  private mutating func learn(
    _ move: Move, on board: Board, after previous: Point, rate: Float, _ draw: inout RolloutDraw
  ) -> Score {
    guard let (score, number, sum) = draw.score(move, on: board, after: previous, self) else { return Score() }
    weights.withUnsafeMutableBufferPointer { weights in
      for (other, move) in draw.reader.moves.enumerated() {
        let step = rate * ((other == number ? 1 : 0) - draw.values[other] / sum)
        move.forEachFeature { weights[$0] += step }
      }
    }
    return score
  }

  /// How well the policy predicts the moves of a game.
  public func score(_ game: Game) -> Score {
    var (draw, total) = (RolloutDraw(size: game.size), Score())
    Self.forEachMove(game) { move, board, previous in
      if let score = draw.score(move, on: board, after: previous, self)?.score { total += score }
    }
    return total
  }

  /// A step for each move of a game, in their order.
  ///
  /// - Returns: how well the policy predicted the moves, each before its step.
  @discardableResult public mutating func learn(_ game: Game, rate: Float) -> Score {
    var (draw, total) = (RolloutDraw(size: game.size), Score())
    Self.forEachMove(game) { move, board, previous in
      total += learn(move, on: board, after: previous, rate: rate, &draw)
    }
    return total
  }

  private static func forEachMove(_ game: Game, _ body: (Move, Board, Point) -> Void) {
    var board = Board(
      size: game.size, stones: game.setup.map { ($0.point, $0.color) }, allowsSuicide: game.rules.allowsSuicide)
    var previous = Point.pass
    for move in game.moves {
      body(move, board, previous)
      board.play(move)
      previous = move.point
    }
  }
}

/// Probabilities of a rollout policy in memory that is reused.
struct RolloutDraw: Sendable {
  /// The moves of the position that was read last.
  private(set) var reader: RolloutReader
  /// Their probabilities, but for their sum.
  private(set) var values: [Float] = []
  /// The number of the most probable move.
  private var best = 0
  private var highest: Float = 0

  init(size: Int) {
    reader = RolloutReader(size: size)
    values.reserveCapacity(size * size)
  }

  /// Reads a position.
  ///
  /// - Returns: the sum of the values, 0 without moves.
  mutating func read(_ board: Board, _ color: UInt8, after previous: Int, _ policy: RolloutPolicy) -> Float {
    reader.read(board, color, after: previous)
    values.removeAll(keepingCapacity: true)
    highest = -.infinity
    for (number, move) in reader.moves.enumerated() {
      let logit = policy.logit(move)
      if logit > highest { (highest, best) = (logit, number) }
      values.append(logit)
    }
    var sum: Float = 0
    for number in values.indices {
      values[number] = exp(values[number] - highest)
      sum += values[number]
    }
    return sum
  }

  /// Draws the number of a point; 0 where no move is sensible.
  mutating func move(
    _ board: Board, _ color: UInt8, after previous: Int, _ policy: RolloutPolicy, using random: inout Philox
  ) -> Int {
    let sum = read(board, color, after: previous, policy)
    if values.isEmpty { return 0 }
    var rest = Float(random.uniform()) * sum
    for (number, value) in values.enumerated() {
      rest -= value
      if rest < 0 { return Int(reader.moves[number].index) }
    }
    // Rounded sums may leave a rest; the highest value is 1 and has a positive probability.
    return Int(reader.moves[best].index)
  }

  /// Scores a move.
  ///
  /// - Returns: the score, the number of the move and the sum of the values; nil for a move that is not sensible.
  mutating func score(
    _ move: Move, on board: Board, after previous: Point, _ policy: RolloutPolicy
  ) -> (score: RolloutPolicy.Score, number: Int, sum: Float)? {
    let sum = read(board, move.color.rawValue, after: previous.index, policy)
    guard let number = reader.moves.firstIndex(where: { Int($0.index) == move.point.index }) else { return nil }
    var score = RolloutPolicy.Score()
    score.count = 1
    score.logLossSum = Double(log(sum) + highest - policy.logit(reader.moves[number]))
    score.firstCount = number == best ? 1 : 0
    return (score, number, sum)
  }
}
