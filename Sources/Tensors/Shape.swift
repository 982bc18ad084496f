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
