import GoGame
import GoNetworks
import KodamaCore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The rollout policy: its features, probabilities, learning, and games to the end.
@Suite struct RolloutTests {
  // The numbers of features.
  private static let patterns = 4..<4 + 65536
  private static let responses = 4 + 65536..<4 + 2 * 65536

  /// A policy of random weights.
  private static func policy(_ seed: UInt64, deviation: Double = 1) -> RolloutPolicy {
    var random = Philox(seed: seed, stream: 3)
    return RolloutPolicy(
      weights: (0..<RolloutPolicy.weightCount).map { _ in Float(deviation * random.normal()) })
  }

  /// Calls for positions of random games, with the color to move and the previous point.
  private func forEachPosition(
    size: Int, games: Int, suicide: Bool = false, _ body: (Board, Color, Point, inout Philox) throws -> Void
  ) rethrows {
    for number in 0..<games {
      var random = Philox(seed: UInt64(number), stream: UInt64(size))
      var (board, color, previous) = (Board(size: size, allowsSuicide: suicide), Color.black, Point.pass)
      for _ in 0..<(2 * size * size) {
        try body(board, color, previous, &random)
        let legal = Point.all(size: size).filter { board.isLegal($0, color) }
        previous = legal.isEmpty || random.integer(below: 25) == 0 ? .pass : legal[random.integer(below: legal.count)]
        board.play(Move(color, previous))
        color = color.opponent
      }
    }
  }

  private func isSensible(_ board: Board, _ point: Point, _ color: Color) -> Bool {
    board.isLegal(point, color) && !board.isEye(point, of: color)
  }

  @Test func probabilitiesAreOfSensibleMovesAndSumToOne() {
    let policy = Self.policy(1)
    for size in [1, 2, 5, 9] {
      forEachPosition(size: size, games: 2, suicide: size == 5) { board, color, previous, _ in
        let probabilities = policy.probabilities(on: board, color, after: previous)
        let points = Point.all(size: size)
        let sensible = points.map { isSensible(board, $0, color) }
        #expect(probabilities.count == points.count && zip(probabilities, sensible).allSatisfy { ($0 > 0) == $1 })
        let sum = probabilities.reduce(0, +)
        #expect(sensible.contains(true) ? abs(sum - 1) < 1e-5 : sum == 0)
        let moves = RolloutPolicy.moves(on: board, color, after: previous)
        #expect(moves.map(\.point) == points.filter { isSensible(board, $0, color) })
        // The softmax of the features' weights.
        let values = moves.map { exp($0.features.reduce(0.0) { $0 + Double(policy.weights[$1]) }) }
        let total = values.reduce(0, +)
        for (move, value) in zip(moves, values) {
          let index = move.point.row * size + move.point.column
          #expect(abs(Double(probabilities[index]) - value / total) < 1e-5)
        }
      }
    }
  }

  @Test func movesAreDrawnByTheirProbabilities() {
    let policy = Self.policy(2)
    var random = Philox(seed: 8)
    let board = Board(size: 3, stones: stones(["X..", ".O.", "..X"]))
    let expected = policy.probabilities(on: board, .white, after: Point(column: 0, row: 2))
    var counts = [Int](repeating: 0, count: 9)
    for _ in 0..<20_000 {
      let point = policy.move(on: board, .white, after: Point(column: 0, row: 2), using: &random)
      counts[point.row * 3 + point.column] += 1
    }
    for (count, probability) in zip(counts, expected) {
      #expect(abs(Double(count) / 20_000 - Double(probability)) < 0.02)
    }
    let full = Board(size: 2, stones: stones(["XX", "X."]))
    #expect(policy.move(on: full, .black, after: .pass, using: &random) == .pass)
  }

  @Test func equalPatternsHaveEqualNumbersAndOthersMostlyNot() {
    // Patterns written plainly, the least of eight turned texts, with the number each has.
    var (numbers, replies): ([String: Int], [String: Int]) = ([:], [:])
    func code(_ board: Board, _ point: Point, _ color: Color) -> String {
      guard point.isOn(size: board.size) else { return "#" }
      guard let stone = board[point] else { return "." }
      return (stone == color ? "a" : "b") + "\(min(3, board.liberties(of: point).count))"
    }
    let turns: [((Int, Int)) -> (Int, Int)] = [
      { ($0.0, $0.1) }, { (-$0.0, $0.1) }, { ($0.0, -$0.1) }, { (-$0.0, -$0.1) }, { ($0.1, $0.0) },
      { (-$0.1, $0.0) }, { ($0.1, -$0.0) }, { (-$0.1, -$0.0) },
    ]
    func text(_ steps: [(Int, Int)], around point: Point, _ code: (Point) -> String) -> String {
      turns.map { turn in
        steps.map { step in
          let (x, y) = turn(step)
          let (column, row) = (point.column + x, point.row + y)
          // Points left of the board would have the numbers of others.
          return (0..<19).contains(column) && row >= 0 ? code(Point(column: column, row: row)) : "#"
        }.joined()
      }.min()!
    }
    let near = (-2...2).flatMap { x in (-2...2).map { (x, $0) } }
    let square = near.filter { max(abs($0.0), abs($0.1)) == 1 }
    let diamond = near.filter { (1...2).contains(abs($0.0) + abs($0.1)) }
    var isSame = true
    for (size, games) in [(3, 4), (5, 4), (9, 4), (19, 1)] {
      forEachPosition(size: size, games: games) { board, color, previous, random in
        if size > 9 && random.integer(below: 30) > 0 { return }
        for move in RolloutPolicy.moves(on: board, color, after: previous) {
          let patterns = move.features.filter(Self.patterns.contains)
          let key = text(square, around: move.point) { code(board, $0, color) }
          if patterns.count != 1 || numbers[key, default: patterns[0]] != patterns[0] { isSame = false }
          numbers[key] = patterns[0]
          let responses = move.features.filter(Self.responses.contains)
          let (x, y) = (move.point.column - previous.column, move.point.row - previous.row)
          let isResponse = !previous.isPass && abs(x) + abs(y) <= 2
          #expect(responses.count == (isResponse ? 1 : 0) && move.features.contains(0) == isResponse)
          let direction = previous.isPass ? [] : abs(x) + abs(y) == 1 ? [2] : abs(x) == 1 && abs(y) == 1 ? [3] : []
          #expect(move.features.filter((2...3).contains) == direction)
          guard isResponse, let response = responses.first else { continue }
          let reply = text(diamond, around: previous) { $0 == move.point ? "!" : code(board, $0, color) }
          if replies[reply, default: response] != response { isSame = false }
          replies[reply] = response
        }
      }
    }
    #expect(isSame)
    // Of n patterns in 65536 places, about n² / 131072 share one with an earlier one.
    for table in [numbers, replies] {
      let shared = table.count - Set(table.values).count
      #expect(table.count > 1000)
      #expect(shared < table.count * table.count / 131072 * 3 / 2 + 10, "\(shared) of \(table.count)")
    }
  }

  @Test func savingMovesGiveTwoLibertiesOrCapture() {
    var count = 0
    for size in [3, 5, 7] {
      forEachPosition(size: size, games: 6, suicide: size == 5) { board, color, previous, _ in
        let plain = PlainGo(board)
        for move in RolloutPolicy.moves(on: board, color, after: previous) {
          let (row, column) = (move.point.row, move.point.column)
          guard let (next, captured) = plain.after(row, column, color) else {
            Issue.record("\(move.point) is illegal")
            return
          }
          // A string in atari that the move touches, or beside which it captures, and that has two liberties after it.
          let saves = Point.all(size: size).contains { stone in
            guard plain.stones[stone.row][stone.column] == color,
              PlainGo.liberties(stone.row, stone.column, in: plain.stones).count == 1,
              next[stone.row][stone.column] == color
            else { return false }
            let border = PlainGo.region(stone.row, stone.column, in: plain.stones).border
            return (border.contains([row, column]) || captured.contains { border.contains($0) })
              && PlainGo.liberties(stone.row, stone.column, in: next).count >= 2
          }
          if saves { count += 1 }
          if move.features.contains(1) != saves {
            Issue.record("\(color) \(move.point) saves: \(saves)\n\(lines(board))")
            return
          }
        }
      }
    }
    #expect(count > 100)
  }

  @Test func turnedAndRecoloredBoardsHaveTheSameFeatures() {
    let size = 7
    for symmetry in Symmetry.all(size: size) {
      func moved(_ point: Point) -> Point {
        if point.isPass { return point }
        let target = symmetry.targets[point.row * size + point.column]
        return Point(column: target % size, row: target / size)
      }
      forEachPosition(size: size, games: 1) { board, color, previous, _ in
        let placed = Point.all(size: size).compactMap { point in board[point].map { (moved(point), $0.opponent) } }
        let other = Board(size: size, stones: placed)
        func features(_ moves: [RolloutMove], _ point: (Point) -> Point) -> [Point: [Int]] {
          Dictionary(uniqueKeysWithValues: moves.map { (point($0.point), $0.features.sorted()) })
        }
        var own = features(RolloutPolicy.moves(on: board, color, after: previous), moved)
        var turned = features(RolloutPolicy.moves(on: other, color.opponent, after: moved(previous)), { $0 })
        // The other board has no ko.
        for point in Point.all(size: size)
        where board.isLegal(point, color) != other.isLegal(moved(point), color.opponent) {
          (own[moved(point)], turned[moved(point)]) = (nil, nil)
        }
        #expect(own == turned)
      }
    }
  }

  @Test func stepsFollowTheGradient() {
    var checked = 0
    forEachPosition(size: 5, games: 1) { board, color, previous, random in
      let policy = Self.policy(4, deviation: 0.5)
      let moves = RolloutPolicy.moves(on: board, color, after: previous)
      guard moves.count > 1, random.integer(below: 4) == 0 else { return }
      let chosen = Move(color, moves[random.integer(below: moves.count)].point)
      var stepped = policy
      let rate: Float = 1
      let score = stepped.learn(chosen, on: board, after: previous, rate: rate)
      #expect(score == policy.score(chosen, on: board, after: previous) && score.count == 1)
      let index = chosen.point.row * 5 + chosen.point.column
      let probabilities = policy.probabilities(on: board, color, after: previous)
      #expect(abs(score.logLossSum + log(Double(probabilities[index]))) < 1e-4)
      let isFirst = probabilities.firstIndex(of: probabilities.max()!) == index
      #expect(score.firstCount == (isFirst ? 1 : 0))
      let features = Set(moves.flatMap(\.features))
      for feature in 0..<RolloutPolicy.weightCount where !features.contains(feature) {
        if stepped.weights[feature] != policy.weights[feature] { Issue.record("weight \(feature) changes") }
      }
      for feature in features {
        func loss(_ change: Float) -> Double {
          var weights = policy.weights
          weights[feature] += change
          return RolloutPolicy(weights: weights).score(chosen, on: board, after: previous).logLossSum
        }
        let slope = (loss(0.02) - loss(-0.02)) / 0.04
        let step = Double(stepped.weights[feature] - policy.weights[feature])
        #expect(abs(step + slope) < 2e-3, "\(step) for \(-slope) at \(feature)")
        checked += 1
      }
    }
    #expect(checked > 50)
  }

  /// A game in which a player captures whatever it can, the first such point, and else plays anywhere.
  private func capturingGame(_ seed: UInt64, size: Int = 7) throws -> Game {
    var (game, random) = (Game(size: size, rules: Rules(ko: .simple)), Philox(seed: seed, stream: 11))
    for _ in 0..<(size * size) {
      let color = game.nextColor
      let moves = Point.all(size: size).filter { isSensible(game.board, $0, color) }
      guard !moves.isEmpty else { break }
      let captures = moves.filter { game.board.captures($0, color) }
      try game.play(Move(color, captures.first ?? moves[random.integer(below: moves.count)]))
    }
    return game
  }

  @Test func learningFindsARuleOfGames() throws {
    let games = try (0..<60).map { try capturingGame($0) }
    let heldOut = try (1000..<1010).map { try capturingGame($0) }
    /// How well captures are predicted.
    func captures(_ policy: RolloutPolicy) -> RolloutPolicy.Score {
      var total = RolloutPolicy.Score()
      for game in heldOut {
        var (board, previous) = (Board(size: game.size), Point.pass)
        for move in game.moves {
          if board.captures(move.point, move.color) { total += policy.score(move, on: board, after: previous) }
          board.play(move)
          previous = move.point
        }
      }
      return total
    }
    func all(_ policy: RolloutPolicy) -> RolloutPolicy.Score {
      heldOut.reduce(into: RolloutPolicy.Score()) { $0 += policy.score($1) }
    }
    var policy = RolloutPolicy()
    let before = (captures(policy), all(policy))
    var first = RolloutPolicy.Score()
    for pass in 0..<3 {
      var score = RolloutPolicy.Score()
      for game in games { score += policy.learn(game, rate: 0.1) }
      if pass == 0 { first = score }
      if pass == 2 { #expect(score.logLoss < first.logLoss && score.count == first.count) }
    }
    let after = (captures(policy), all(policy))
    #expect(
      before.0.count > 50 && before.0.count == after.0.count
        && before.1.count == heldOut.reduce(0) { $0 + $1.moves.count })
    #expect(before.0.accuracy < 0.3 && after.0.accuracy > 0.6, "\(before.0.accuracy), then \(after.0.accuracy)")
    #expect(after.1.accuracy > before.1.accuracy && after.1.logLoss < before.1.logLoss - 0.1)
    #expect(policy.weights.allSatisfy { $0.isFinite })
  }

  @Test func theFirstOfEquallyProbableMovesCounts() {
    let board = Board(size: 3)
    for (number, point) in Point.all(size: 3).enumerated() {
      let score = RolloutPolicy().score(Move(.black, point), on: board, after: .pass)
      #expect(score.firstCount == (number == 0 ? 1 : 0) && abs(score.logLossSum - log(9)) < 1e-5)
    }
  }

  @Test func movesThatAreNotSensibleAreNotLearned() throws {
    let board = Board(size: 5, stones: stones([".X.X.", "XXXXX", "OOOOO", ".....", "....."]))
    for point in [Point("A5", size: 5)!, .pass, Point("C4", size: 5)!] {
      var policy = RolloutPolicy()
      let score = policy.learn(Move(.black, point), on: board, after: .pass, rate: 1)
      #expect(score == RolloutPolicy.Score() && policy == RolloutPolicy() && score.accuracy.isNaN)
    }
  }

  @Test func playoutsAreLegalAndEnd() throws {
    for size in [1, 2, 3, 5, 9] {
      for suicide in [false, true] {
        var random = Philox(seed: UInt64(size))
        var playout = RolloutPlayout(Self.policy(5), size: size, allowsSuicide: suicide)
        for _ in 0..<10 {
          // Move by move, held against the rules and what is sensible.
          var board = Board(size: size, allowsSuicide: suicide)
          playout.begin(board, after: .pass)
          var (color, passes, count, other) = (Color.black, 0, 0, random)
          while passes < 2 && count < 3 * size * size {
            let point = playout.playMove(color, using: &random)
            let hasMoves = Point.all(size: size).contains { isSensible(board, $0, color) }
            #expect(point.isPass ? !hasMoves : isSensible(board, point, color))
            passes = point.isPass ? passes + 1 : 0
            board.play(Move(color, point))
            #expect(board.hash == playout.board.hash)
            color = color.opponent
            count += 1
          }
          #expect(playout.moveCount == count)
          // The same seed makes the same game at once.
          let hash = playout.board.hash
          playout.begin(Board(size: size, allowsSuicide: suicide), after: .pass)
          let difference = playout.run(.black, using: &other)
          #expect(playout.board.hash == hash && playout.moveCount == count && other == random)
          #expect(difference == playedOutDifference(board))
          if passes == 2 && size < 6 { #expect(difference == board.areaDifference || !isAllEyes(board)) }
        }
      }
    }
  }

  /// Black's stones and the points that only those touch, less white's.
  private func playedOutDifference(_ board: Board) -> Int {
    Point.all(size: board.size).reduce(0) { sum, point in
      let colors =
        board[point].map { [$0] } ?? Set(point.neighbors(size: board.size).compactMap { board[$0] }).map { $0 }
      return sum + (colors == [.black] ? 1 : colors == [.white] ? -1 : 0)
    }
  }

  private func isAllEyes(_ board: Board) -> Bool {
    Point.all(size: board.size).allSatisfy { point in
      board[point] != nil || point.neighbors(size: board.size).allSatisfy { board[$0] != nil }
    }
  }

  @Test func playoutsFollowThePreviousMove() {
    // A policy that answers beside the previous move, and nothing else.
    var weights = [Float](repeating: 0, count: RolloutPolicy.weightCount)
    weights[2] = 30
    var (playout, random) = (RolloutPlayout(RolloutPolicy(weights: weights), size: 9), Philox(seed: 3))
    var previous = Point(column: 4, row: 4)
    let start = Board(size: 9, stones: [(previous, .black)])
    playout.begin(start, after: previous)
    for number in 0..<5 {
      let point = playout.playMove(number % 2 == 0 ? .white : .black, using: &random)
      #expect(point.neighbors(size: 9).contains(previous))
      previous = point
    }
  }

  @Test func seedsAndWeightsDecideOnGames() {
    func game(_ seed: UInt64, _ policy: RolloutPolicy) -> UInt64 {
      var (playout, random) = (RolloutPlayout(policy, size: 9), Philox(seed: seed))
      playout.begin(Board(size: 9), after: .pass)
      _ = playout.run(.black, using: &random)
      return playout.board.hash
    }
    let hashes = (0..<5).map { game($0, Self.policy(6)) }
    #expect(hashes == (0..<5).map { game($0, Self.policy(6)) } && Set(hashes).count == 5)
    #expect(hashes != (0..<5).map { game($0, Self.policy(7)) })
    #expect(RolloutPolicy(weights: Self.policy(6).weights) == Self.policy(6))
  }
}

extension Board {
  /// Whether a legal move captures stones.
  fileprivate func captures(_ point: Point, _ color: Color) -> Bool {
    point.neighbors(size: size).contains { self[$0] == color.opponent && isInAtari($0) }
  }
}
