/// The extents of a tensor, outermost first: `[4, 8000, 64]`.
public struct Shape: Sendable, Equatable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extent of each axis.
  public let extents: [Int]

  /// - Precondition: no extent is negative.
  public init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "a shape has no negative extents: \(extents)")
    self.extents = extents
  }

  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes.
  public var rank: Int { extents.count }
  /// The number of elements: the product of the extents, 1 for a scalar.
  public var count: Int { extents.reduce(1, *) }
  /// The extent of the innermost axis: the channels of a signal. 1 for a scalar.
  public var last: Int { extents.last ?? 1 }
  /// The number of runs of `last` elements: the product of all extents but the innermost.
  public var rows: Int { extents.dropLast().reduce(1, *) }

  /// The extent of one axis; negative axes count from the innermost.
  public subscript(axis: Int) -> Int { extents[axis < 0 ? rank + axis : axis] }

  /// This shape with another innermost extent.
  public func replacingLast(_ extent: Int) -> Shape { Shape(extents.dropLast() + [extent]) }

  public var description: String { "\(extents)" }
}

extension Shape {
  /// The shape that this and another are broadcast to; nil where they are incompatible: aligned at their innermost
  /// axes, extents must be equal, or one of them 1.
  ///
  /// - Source: numpy's rules of broadcasting.
  public func broadcast(with other: Shape) -> Shape? {
    var extents: [Int] = []
    for position in 1...max(1, max(rank, other.rank)) where position <= max(rank, other.rank) {
      let (a, b) = (position <= rank ? self[-position] : 1, position <= other.rank ? other[-position] : 1)
      if a != b && a != 1 && b != 1 { return nil }
      extents.append(a == 1 ? b : a)
    }
    return Shape(extents.reversed())
  }

  /// The axes of `shape` along which this one is repeated when it is broadcast.
  func repeatedAxes(in shape: Shape) -> [Int] {
    let missing = shape.rank - rank
    return shape.extents.indices.filter { $0 < missing || (extents[$0 - missing] == 1 && shape[$0] != 1) }
  }

  /// Axes counted from the outermost, ascending; negative ones count from the innermost.
  ///
  /// - Precondition: the axes exist, each given once.
  func normalized(axes: [Int]) -> [Int] {
    let normalized = axes.map { $0 < 0 ? rank + $0 : $0 }.sorted()
    precondition(
      normalized.allSatisfy(extents.indices.contains) && Set(normalized).count == axes.count,
      "axes \(axes) of shape \(self): each must be one of its \(rank), once")
    return normalized
  }

  /// This shape with extents of 1 along some axes.
  func collapsing(axes: [Int]) -> Shape {
    var extents = extents
    for axis in axes { extents[axis] = 1 }
    return Shape(extents)
  }

  /// This shape without some axes.
  func removing(axes: [Int]) -> Shape {
    Shape(extents.indices.filter { !axes.contains($0) }.map { extents[$0] })
  }
}
