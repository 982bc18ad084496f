/// A player's color.
public enum Color: UInt8, Sendable, CaseIterable {
  /// The first player.
  case black = 1
  /// The second player.
  case white = 2

  /// The other color.
  @inlinable public var opponent: Color { self == .black ? .white : .black }
  /// `B` or `W`, as SGF and results have it.
  public var letter: String { self == .black ? "B" : "W" }
  /// `black` or `white`.
  public var name: String { self == .black ? "black" : "white" }

  /// The result of a game for the color: 1 where it won, −1 where it lost, 0 for equal scores.
  ///
  /// - Parameter score: black's less white's, with komi.
  public func result(ofScore score: Double) -> Int { score == 0 ? 0 : (score > 0) == (self == .black) ? 1 : -1 }
}

/// An intersection of a board, or a pass.
///
/// The number of a point does not depend on the size of the board: row · 20 + column + 21, both from 0, columns from the
/// left and rows from the bottom. All boards are at most 19 wide, so that a column of points off the board separates
/// the rows, and neighbors are at distances 1 and 20.
public struct Point: Sendable, Hashable, Comparable {
  /// The number, 0 for a pass.
  public let index: Int

  /// The distance between points of neighboring rows.
  package static let stride = 20

  /// A point of a number.
  @inlinable public init(index: Int) { self.index = index }

  /// The point of a column and a row, both from 0, at the lower left.
  public init(column: Int, row: Int) { index = (row + 1) * Self.stride + column + 1 }

  /// No point: the player passes.
  public static let pass = Point(index: 0)

  /// Whether this is a pass.
  @inlinable public var isPass: Bool { index == 0 }
  /// The column, from 0 at the left.
  public var column: Int { index % Self.stride - 1 }
  /// The row, from 0 at the bottom.
  public var row: Int { index / Self.stride - 1 }

  /// Order by rows from the bottom, then by columns.
  public static func < (a: Point, b: Point) -> Bool { a.index < b.index }

  /// All points of a board, row by row from the bottom.
  public static func all(size: Int) -> [Point] {
    (0..<size).flatMap { row in (0..<size).map { Point(column: $0, row: row) } }
  }

  /// Whether the point is on a board of a size. A pass is not.
  public func isOn(size: Int) -> Bool {
    index > 0 && (0..<size).contains(column) && (0..<size).contains(row)
  }

  /// The neighbors on a board of a size.
  public func neighbors(size: Int) -> [Point] {
    [index - 1, index + 1, index - Self.stride, index + Self.stride].map(Point.init(index:)).filter {
      $0.isOn(size: size)
    }
  }
}

extension Point: CustomStringConvertible {
  /// The letters of columns: I is left out, because it looks like 1.
  public static let columnLetters = Array("ABCDEFGHJKLMNOPQRST")

  /// A vertex as players and the Go Text Protocol write it: `D4`, `pass`.
  public var description: String { isPass ? "pass" : "\(Self.columnLetters[column])\(row + 1)" }

  /// The point of a vertex such as `D4` or `pass`, in letters of either case.
  ///
  /// - Returns: nil for any other text, and for points that are not on a board of the size.
  public init?(_ vertex: String, size: Int) {
    let text = vertex.uppercased()
    if text == "PASS" {
      self = .pass
      return
    }
    let digits = text.dropFirst()
    guard let letter = text.first, let column = Self.columnLetters.firstIndex(of: letter),
      (1...2).contains(digits.utf8.count), digits.utf8.allSatisfy({ (48...57).contains($0) }), digits.first != "0",
      let row = Int(digits), column < size, row <= size
    else { return nil }
    self.init(column: column, row: row - 1)
  }
}

/// A move: a color and a point, or a pass.
public struct Move: Sendable, Hashable {
  /// Who moves.
  public let color: Color
  /// Where, or `.pass`.
  public let point: Point

  /// A move.
  public init(_ color: Color, _ point: Point) { (self.color, self.point) = (color, point) }
}
