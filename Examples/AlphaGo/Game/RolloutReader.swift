/// Finds the moves of a rollout policy with their features, in memory that is reused.
struct RolloutReader: Sendable {
  /// The sensible moves of the position that was read last, row by row from the bottom.
  private(set) var moves: [RolloutMove] = []
  /// Codes of points (`RolloutPatterns`).
  private var codes: [UInt8]
  private var diamond = RolloutPatterns.Diamond()
  /// By the point's number, the weight of the response, 0 for none, and whether a move saves stones.
  private var responses: [Int32]
  private var saves: [Bool]
  private var counter: MoveCounter
  private var ataris: [Int] = []

  /// Memory for boards of a size.
  init(size: Int) {
    codes = Array(repeating: 0, count: (size + 2) * Point.stride + 1)
    responses = Array(repeating: 0, count: codes.count)
    saves = Array(repeating: false, count: codes.count)
    counter = MoveCounter(size: size)
    moves.reserveCapacity(size * size)
  }

  /// Reads a position.
  ///
  /// - Parameters:
  ///   - color: whose turn it is.
  ///   - previous: the point of the move before, 0 for none.
  mutating func read(_ board: Board, _ color: UInt8, after previous: Int) {
    readCodes(board, color)
    precondition(
      previous == 0 || codes.indices.contains(previous) && codes[previous] != 0,
      "the point of number \(previous), the previous move, is not on a board of size \(board.size)")
    for string in ataris { findSaves(of: string, on: board) }
    var hasResponses = false
    // Points around those on the board are in the list, too.
    codes.withUnsafeBufferPointer { codes in
      if previous != 0 {
        diamond.read(codes, around: previous)
        hasResponses = !diamond.replies.isEmpty
        for reply in diamond.replies {
          responses[reply.point] = Int32(RolloutMove.firstResponse + diamond.number(reply))
        }
      }
      moves.removeAll(keepingCapacity: true)
      for row in 1...board.size {
        for point in row * Point.stride + 1...row * Point.stride + board.size
        where codes[point] == 1 && board.isLegal(point, color) && !board.isEye(point, color) {
          moves.append(
            RolloutMove(
              index: Int16(point), saves: saves[point], direction: Self.direction(point, from: previous),
              pattern: Int32(RolloutMove.firstPattern + RolloutPatterns.square(codes, around: point)),
              response: responses[point]))
        }
      }
    }
    if hasResponses { for reply in diamond.replies { responses[reply.point] = 0 } }
    if !ataris.isEmpty { for index in saves.indices { saves[index] = false } }
  }

  /// 1 beside a point, 2 at its corner, else 0.
  @inline(__always) private static func direction(_ point: Int, from previous: Int) -> UInt8 {
    if previous == 0 { return 0 }
    switch abs(point - previous) {
    case 1, Point.stride: return 1
    case Point.stride - 1, Point.stride + 1: return 2
    default: return 0
    }
  }

  private mutating func readCodes(_ board: Board, _ color: UInt8) {
    ataris.removeAll(keepingCapacity: true)
    // Only points on the board are written.
    codes.withUnsafeMutableBufferPointer { codes in
      codes.update(repeating: 0)
      for row in 1...board.size {
        for point in row * Point.stride + 1...row * Point.stride + board.size where codes[point] == 0 {
          let other = board.cells[point].color
          if other == 0 {
            codes[point] = 1
            continue
          }
          let liberties = board.firstLiberties(point).count
          let code = UInt8(liberties) + (other == color ? 1 : 4)
          board.forEachStone(point) { codes[$0] = code }
          if liberties == 1 && other == color { ataris.append(point) }
        }
      }
    }
  }

  /// Marks the moves that save a string in atari: those that give it two liberties, and those that capture beside it.
  private mutating func findSaves(of string: Int, on board: Board) {
    let color = board.cells[string].color
    let last = board.lastLiberty(head: Int(board.cells[string].head))
    for point in board.rescues(of: string) { saves[point] = true }
    // After a capture elsewhere the string has its last liberty, and the stones captured.
    saves[last] = board.isLegal(last, color) && counter.result(last, color, on: board).liberties >= 2
  }
}

/// A move that a rollout policy may choose, with its features.
public struct RolloutMove: Sendable, Equatable {
  let index: Int16
  /// Whether it saves stones from capture.
  let saves: Bool
  /// 1 beside the previous move, 2 at its corner, else 0.
  let direction: UInt8
  /// The weight of the pattern around it.
  let pattern: Int32
  /// The weight of the pattern around the previous move with this response; 0 farther away than two steps.
  let response: Int32

  /// The point.
  public var point: Point { Point(index: Int(index)) }

  // The order of weights: the response, saving, the two directions, patterns around the move, patterns with responses.
  static let isResponse = 0
  static let isSaving = 1
  static let firstPattern = 4
  static let firstResponse = firstPattern + RolloutPatterns.count
  static let weightCount = firstResponse + RolloutPatterns.count

  /// Calls for each feature with the number of its weight.
  @inline(__always) func forEachFeature(_ body: (Int) -> Void) {
    body(Int(pattern))
    if response != 0 {
      body(Self.isResponse)
      body(Int(response))
    }
    if saves { body(Self.isSaving) }
    if direction != 0 { body(Self.isSaving + Int(direction)) }
  }

  /// The numbers of the weights whose sum is the move's logit.
  public var features: [Int] {
    var numbers: [Int] = []
    forEachFeature { numbers.append($0) }
    return numbers
  }
}
