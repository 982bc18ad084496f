import Foundation
import GoGame
import Testing

/// Whether counts that take minutes are made: with KODAMA_GO_COUNTS in the environment.
private let countsAll = ProcessInfo.processInfo.environment["KODAMA_GO_COUNTS"] != nil

/// Numbers of positions and games.
///
/// Source: Tromp and Farnebäck 2016, "Combinatorics of Go", tables 1 and 5.
@Suite struct CountTests {
  /// The legal positions of a board, by placing all stones in all ways.
  private func legalPositions(size: Int) -> Int {
    let points = Point.all(size: size)
    var boards = Array(repeating: Board(size: size), count: points.count + 1)
    func count(_ number: Int) -> Int {
      if number == points.count { return boards[number].isLegalPosition ? 1 : 0 }
      var sum = 0
      for color in [nil] + Color.allCases.map(Optional.init) {
        boards[number + 1].assign(boards[number])
        if let color { boards[number + 1].put(points[number], color) }
        sum += count(number + 1)
      }
      return sum
    }
    return count(0)
  }

  @Test(arguments: [1: 1, 2: 57, 3: 12_675]) func legalPositionsAreThoseKnown(size: Int, count: Int) {
    #expect(legalPositions(size: size) == count)
  }

  @Test(.enabled(if: countsAll, "KODAMA_GO_COUNTS is not set")) func legalPositionsOf4x4AreThoseKnown() {
    #expect(legalPositions(size: 4) == 24_318_165)
  }

  /// The games of each length under positional superko, from the empty board; either color may move at any time, as
  /// passes between moves allow.
  private func games(_ game: Game, most: Int) -> [Int] {
    var counts = [1]
    if most == 0 { return counts }
    for color in Color.allCases {
      for point in game.legalPoints(color) {
        var next = game
        try? next.play(Move(color, point))
        for (length, count) in games(next, most: most - 1).enumerated() {
          if length + 1 == counts.count { counts.append(0) }
          counts[length + 1] += count
        }
      }
    }
    return counts
  }

  /// The same by the plain rules.
  private func games(_ plain: PlainGo, most: Int) -> [Int] {
    var counts = [1]
    if most == 0 { return counts }
    for color in Color.allCases {
      for point in Point.all(size: plain.size) where plain.isLegal(point.row, point.column, color) {
        var next = plain
        next.play(point.row, point.column, color)
        for (length, count) in games(next, most: most - 1).enumerated() {
          if length + 1 == counts.count { counts.append(0) }
          counts[length + 1] += count
        }
      }
    }
    return counts
  }

  @Test func gamesByLengthAreThoseOfThePlainRules() {
    // On one point there is no move at all.
    #expect(games(Game(size: 1), most: 5) == [1])
    for (size, most, suicide) in [(2, 5, false), (2, 5, true), (3, 3, false), (3, 3, true)] {
      let fast = games(Game(size: size, rules: Rules(allowsSuicide: suicide)), most: most)
      let plain = games(PlainGo(size: size, allowsSuicide: suicide, isPositional: true), most: most)
      #expect(fast == plain && fast.count == most + 1, "\(size): \(fast), \(plain)")
      #expect(fast[1] == 2 * size * size)
    }
  }

  /// The games are the paths without repetition in the graph of positions. All 2x2 first moves are alike.
  @Test(.enabled(if: countsAll, "KODAMA_GO_COUNTS is not set")) func gamesOn2x2AreThoseKnown() throws {
    var numbers: [UInt64: Int] = [:]
    var boards: [Board] = []
    func number(_ board: Board) -> Int {
      if let known = numbers[board.hash] { return known }
      numbers[board.hash] = boards.count
      boards.append(board)
      return boards.count - 1
    }
    _ = number(Board(size: 2))
    var next: [[UInt8]] = []
    while next.count < boards.count {
      var found: [UInt8] = []
      for color in Color.allCases {
        for point in Point.all(size: 2) {
          var board = boards[next.count]
          // A ko is a repetition, which the path excludes.
          board.pass()
          if !board.isLegal(point, color) { continue }
          board.play(Move(color, point))
          found.append(UInt8(number(board)))
        }
      }
      next.append(found)
    }
    try #require(boards.count == 57)
    let degrees = next.map(\.count)
    let flat = next.flatMap { $0 + Array(repeating: UInt8(63), count: 8 - $0.count) }
    let total = flat.withUnsafeBufferPointer { flat in
      degrees.withUnsafeBufferPointer { degrees in
        func paths(_ node: Int, _ visited: UInt64) -> Int {
          var count = 1
          for edge in node << 3..<node << 3 + degrees[node] {
            let bit = UInt64(1) << UInt64(flat[edge])
            if visited & bit == 0 { count += paths(Int(flat[edge]), visited | bit) }
          }
          return count
        }
        return 1 + degrees[0] * paths(Int(flat[0]), 1 | 1 << UInt64(flat[0]))
      }
    }
    #expect(total == 386_356_909_593)
  }
}
