/// Where handicap stones stand.
public enum Handicap {
  /// The most stones at fixed places on a board of a size: none below 7, 4 on even boards and on 7x7, else 9.
  public static func most(size: Int) -> Int {
    switch size {
    case ..<7: 0
    case 7: 4
    default: size % 2 == 0 ? 4 : 9
    }
  }

  /// The fixed places of a number of stones.
  ///
  /// - Returns: nil for fewer than 2 and for more than `most(size:)`.
  /// - Source: Farnebäck 2002, "GTP version 2 specification", §4.1.1.
  public static func fixed(_ count: Int, size: Int) -> [Point]? {
    guard count >= 2, count <= most(size: size) else { return nil }
    let low = size > 12 ? 3 : 2
    return places(count, size: size, low: low)
  }

  /// Places for a number of stones, as many of them as there are: the fixed ones, on small boards with the same form
  /// nearer to the edge.
  ///
  /// - Precondition: at least 2 stones, and a board of at least 5x5.
  public static func free(_ count: Int, size: Int) -> [Point] {
    precondition(count >= 2 && size >= 5, "\(count) handicap stones have no places on a board of size \(size)")
    if size >= 7 { return fixed(min(count, most(size: size)), size: size)! }
    return places(min(count, size % 2 == 0 ? 4 : 9), size: size, low: 1)
  }

  private static func places(_ count: Int, size: Int, low: Int) -> [Point] {
    let (high, middle) = (size - 1 - low, size / 2)
    var places = [(low, low), (high, high), (low, high), (high, low)].prefix(count).map { $0 }
    if count >= 6 { places += [(low, middle), (high, middle)] }
    if count >= 8 { places += [(middle, low), (middle, high)] }
    if count >= 5 && count % 2 == 1 { places.append((middle, middle)) }
    return places.map { Point(column: $0.0, row: $0.1) }
  }

  /// The marked points of a board of a size, as it is drawn.
  public static func starPoints(size: Int) -> [Point] {
    switch size {
    case ..<5: []
    case 5: [Point(column: 2, row: 2)]
    case 6: []
    case 7: places(5, size: size, low: 2)
    default: places(size % 2 == 0 ? 4 : size < 13 ? 5 : 9, size: size, low: size > 12 ? 3 : 2)
    }
  }
}
