/// The eight rotations and reflections of a board.
public struct Symmetry: Sendable {
  /// For each point, row by row from the bottom, the point that it moves to; a pass follows the points and stays.
  public let targets: [Int]

  /// The number of symmetries.
  public static let count = 8

  /// The symmetry of a number in 0..<8: its bits exchange rows with columns, reverse rows, and reverse columns, in this
  /// order. 0 leaves everything where it is.
  ///
  /// - Precondition: a number in 0..<8.
  public init(_ number: Int, size: Int) {
    precondition((0..<Self.count).contains(number), "there is no symmetry of number \(number)")
    var targets: [Int] = []
    for row in 0..<size {
      for column in 0..<size {
        var (y, x) = number & 1 == 0 ? (row, column) : (column, row)
        if number & 2 != 0 { y = size - 1 - y }
        if number & 4 != 0 { x = size - 1 - x }
        targets.append(y * size + x)
      }
    }
    self.targets = targets + [size * size]
  }

  /// All symmetries of a board, by their numbers.
  public static func all(size: Int) -> [Symmetry] { (0..<count).map { Symmetry($0, size: size) } }

  /// Moves the numbers of points, or those of points and of a pass.
  public func applied<T>(to values: [T]) -> [T] {
    var result = values
    for (index, value) in values.enumerated() { result[targets[index]] = value }
    return result
  }

  /// Moves numbers back: undoes `applied(to:)`.
  public func undone<T>(_ values: [T]) -> [T] { values.indices.map { values[targets[$0]] } }
}
