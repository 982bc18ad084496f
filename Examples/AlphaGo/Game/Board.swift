import KodamaCore

/// The stones on a square board, with the strings that they form.
///
/// Stones of a string are linked in a ring, and each refers to one of them, its head, which holds the size of the string
/// and its pseudo-liberties: their number, the sum of their points and the sum of the squares of those, each liberty
/// counted once for every stone that it touches. A string is captured where the number is 0, and is in atari exactly
/// where all pseudo-liberties are one point, that is where number · squares = sum². All of this follows a move in time
/// proportional to the stones that it adds, merges and captures.
///
/// A board contains no history: it forbids to retake a ko at once, and no other repetition. `Game` adds those.
///
/// - Source: pseudo-liberties and their sums as in Lew 2010, "Modeling Go Game as a Large Decomposable Decision Process".
public struct Board: Sendable {
  /// The number of rows and of columns.
  public let size: Int
  /// Whether a string of several stones may take its own last liberty, which removes it. One stone never may: that is a
  /// pass that repeats the position.
  public let allowsSuicide: Bool
  /// A hash of the stones, by Zobrist's method; 0 for the empty board. It does not depend on whose turn it is.
  public internal(set) var hash: UInt64 = 0
  /// The captured stones of each color, by own and by the opponent's moves.
  public internal(set) var (capturedBlack, capturedWhite) = (0, 0)

  /// What is known of a point. The last four are of strings and stand at their heads only.
  struct Cell: Sendable {
    /// 0 for an empty point, 1 for black, 2 for white, 3 off the board.
    var color: UInt8 = 3
    /// The place of an empty point in the list of those.
    var place: Int16 = 0
    /// The head of the stone's string, and the next stone in its ring.
    var (head, next): (Int16, Int16) = (0, 0)
    var stones: Int16 = 0
    var liberties: Int16 = 0
    var sum: Int32 = 0
    var squares: Int32 = 0
  }

  var cells: [Cell]
  /// The empty points in any order: the first `emptyCount` of the list.
  var empties: [Int16]
  /// The number of empty points.
  public internal(set) var emptyCount: Int
  /// The point of a ko that `koColor` may not retake at once; 0 for none.
  var ko = 0
  var koColor: UInt8 = 0

  /// The sizes of boards that there are.
  public static let sizes = 1...19

  /// An empty board.
  ///
  /// - Precondition: the size is one of `sizes`.
  public init(size: Int, allowsSuicide: Bool = false) {
    precondition(Self.sizes.contains(size), "the size \(size) of a board is outside \(Self.sizes)")
    self.size = size
    self.allowsSuicide = allowsSuicide
    cells = Array(repeating: Cell(), count: (size + 2) * Point.stride + 1)
    empties = []
    emptyCount = size * size
    for point in Point.all(size: size) {
      cells[point.index].color = 0
      cells[point.index].place = Int16(empties.count)
      empties.append(Int16(point.index))
    }
  }

  /// The board with stones placed on it, nothing captured.
  ///
  /// - Precondition: the points are on the board, and each occurs once.
  public init(size: Int, stones: some Sequence<(Point, Color)>, allowsSuicide: Bool = false) {
    self.init(size: size, allowsSuicide: allowsSuicide)
    for (point, color) in stones { put(point, color) }
  }

  /// The color of the stone on a point; nil where it is empty or off the board.
  public subscript(point: Point) -> Color? { Color(rawValue: cells[point.index].color) }

  /// Whether a point is on the board and empty.
  @inline(__always) public func isEmpty(_ point: Point) -> Bool { cells[point.index].color == 0 }

  /// The empty point of a number in 0..<`emptyCount`; the order changes with every move.
  @inline(__always) public func emptyPoint(_ number: Int) -> Point { Point(index: Int(empties[number])) }

  /// The stones, row by row from the bottom, nil for empty points.
  public var stones: [Color?] { Point.all(size: size).map { self[$0] } }

  /// The stones, row by row from the bottom, as raw values of their colors; 0 for empty points.
  public var stoneValues: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size * size) { values, count in
      for row in 1...size {
        for point in row * Point.stride + 1...row * Point.stride + size {
          values[count] = cells[point].color
          count += 1
        }
      }
    }
  }

  /// Takes over the state of a board of the same size, in memory that is there.
  public mutating func assign(_ other: Board) {
    precondition(size == other.size, "a board of size \(size) cannot take over one of size \(other.size)")
    cells.withUnsafeMutableBufferPointer { to in other.cells.withUnsafeBufferPointer { _ = to.update(from: $0) } }
    empties.withUnsafeMutableBufferPointer { to in other.empties.withUnsafeBufferPointer { _ = to.update(from: $0) } }
    (hash, emptyCount, ko, koColor) = (other.hash, other.emptyCount, other.ko, other.koColor)
    (capturedBlack, capturedWhite) = (other.capturedBlack, other.capturedWhite)
  }

  // MARK: Moves

  /// A pass: a ko may be retaken again.
  public mutating func pass() { ko = 0 }

  /// Plays a stone, or passes.
  ///
  /// - Precondition: the move is legal (`isLegal`).
  public mutating func play(_ move: Move) {
    if move.point.isPass { pass() } else { play(move.point.index, move.color.rawValue) }
  }

  /// Places a stone without a move: nothing is captured. A string may be left without liberties.
  ///
  /// - Precondition: the point is on the board and empty.
  public mutating func put(_ point: Point, _ color: Color) {
    precondition(point.index < cells.count && isEmpty(point), "\(point) is not an empty point")
    ko = 0
    _ = link(point.index, color.rawValue)
  }

  mutating func play(_ point: Int, _ color: UInt8) {
    ko = 0
    let enemyNeighbors = link(point, color)
    var captured = 0
    var last = 0
    if enemyNeighbors {
      for neighbor in neighbors(point) where cells[neighbor].color == color ^ 3 {
        if cells[Int(cells[neighbor].head)].liberties == 0 {
          last = neighbor
          captured += remove(neighbor)
        }
      }
    }
    let head = Int(cells[point].head)
    if cells[head].liberties == 0 {
      precondition(allowsSuicide || captured > 0, "\(Point(index: point)) is suicide")
      _ = remove(point)
    } else if captured == 1 && cells[head].stones == 1 && cells[head].liberties == 1 {
      (ko, koColor) = (last, color ^ 3)
    }
  }

  /// The four neighboring points, of which some may be off the board.
  @inline(__always) func neighbors(_ point: Int) -> Neighbors { Neighbors(point: point) }

  /// The points at distances −1, 1, −20, 20, in this order.
  struct Neighbors: Sequence, IteratorProtocol {
    let point: Int
    var number = 0

    @inline(__always) init(point: Int) { self.point = point }

    @inline(__always) mutating func next() -> Int? {
      number += 1
      switch number {
      case 1: return point - 1
      case 2: return point + 1
      case 3: return point - Point.stride
      case 4: return point + Point.stride
      default: return nil
      }
    }
  }

  /// Adds a stone to the strings around it.
  ///
  /// - Returns: whether it touches stones of the other color.
  private mutating func link(_ point: Int, _ color: UInt8) -> Bool {
    hash ^= Zobrist.key(point, color)
    // The last of the empty points takes its place in the list.
    emptyCount -= 1
    let moved = empties[emptyCount]
    let place = cells[point].place
    empties[Int(place)] = moved
    cells[Int(moved)].place = place
    empties[emptyCount] = Int16(point)

    var (liberties, sum, squares): (Int16, Int32, Int32) = (0, 0, 0)
    var (touchesOwn, touchesEnemy) = (false, false)
    let (value, square) = (Int32(point), Int32(point * point))
    for neighbor in neighbors(point) {
      let other = cells[neighbor].color
      if other == 0 {
        liberties += 1
        sum += Int32(neighbor)
        squares += Int32(neighbor * neighbor)
      } else if other != 3 {
        let head = Int(cells[neighbor].head)
        cells[head].liberties -= 1
        cells[head].sum -= value
        cells[head].squares -= square
        if other == color { touchesOwn = true } else { touchesEnemy = true }
      }
    }
    cells[point] = Cell(
      color: color, place: 0, head: Int16(point), next: Int16(point), stones: 1, liberties: liberties, sum: sum,
      squares: squares)
    if touchesOwn {
      for neighbor in neighbors(point) where cells[neighbor].color == color { merge(neighbor, point) }
    }
    return touchesEnemy
  }

  /// Makes one string of the strings of two stones. The larger keeps its head.
  private mutating func merge(_ a: Int, _ b: Int) {
    var (large, small) = (Int(cells[a].head), Int(cells[b].head))
    if large == small { return }
    if cells[large].stones < cells[small].stones { swap(&large, &small) }
    cells[large].stones += cells[small].stones
    cells[large].liberties += cells[small].liberties
    cells[large].sum += cells[small].sum
    cells[large].squares += cells[small].squares
    var stone = small
    repeat {
      cells[stone].head = Int16(large)
      stone = Int(cells[stone].next)
    } while stone != small
    let next = cells[large].next
    cells[large].next = cells[small].next
    cells[small].next = next
  }

  /// Removes a string.
  ///
  /// - Returns: the number of its stones.
  private mutating func remove(_ any: Int) -> Int {
    let color = cells[any].color
    let count = Int(cells[Int(cells[any].head)].stones)
    var stone = any
    repeat {
      let next = Int(cells[stone].next)
      hash ^= Zobrist.key(stone, color)
      cells[stone].color = 0
      cells[stone].place = Int16(emptyCount)
      empties[emptyCount] = Int16(stone)
      emptyCount += 1
      let (value, square) = (Int32(stone), Int32(stone * stone))
      // Stones of the same color are of this string, whose liberties are of no use any more.
      for neighbor in neighbors(stone) where cells[neighbor].color == color ^ 3 {
        let head = Int(cells[neighbor].head)
        cells[head].liberties += 1
        cells[head].sum += value
        cells[head].squares += square
      }
      stone = next
    } while stone != any
    if color == Color.black.rawValue { capturedBlack += count } else { capturedWhite += count }
    return count
  }
}

/// Random numbers for each stone on each point, whose exclusive or identifies the stones of a board.
///
/// They are computed where they are needed, from the SplitMix64 generator, and never differ between programs.
///
/// - Source: Zobrist 1970, "A New Hashing Method with Application for Game Playing"; Steele et al. 2014, "Fast Splittable
///   Pseudorandom Number Generators".
enum Zobrist {
  @inline(__always) static func key(_ point: Int, _ color: UInt8) -> UInt64 {
    var z = UInt64(truncatingIfNeeded: point << 2 | Int(color)) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
