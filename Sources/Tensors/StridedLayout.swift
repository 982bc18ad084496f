/// The layout of an array in memory: element (i₀, i₁, …) is at offset + Σ iₐ · strides[a].
///
/// Permuted, sliced, reversed and repeated arrays are views of the same memory with other layouts.
package struct StridedLayout: Sendable, Equatable {
  package private(set) var shape: Shape
  package private(set) var strides: [Int]
  package private(set) var offset = 0

  /// The row-major layout of a whole tensor.
  package init(_ shape: Shape) {
    self.shape = shape
    var (strides, stride) = ([Int](), 1)
    for extent in shape.extents.reversed() {
      strides.append(stride)
      stride *= extent
    }
    self.strides = strides.reversed()
  }

  /// Axis a of the result is axis `axes[a]` of this one.
  package func permuted(_ axes: [Int]) -> StridedLayout {
    var result = self
    result.shape = Shape(axes.map { shape.extents[$0] })
    result.strides = axes.map { strides[$0] }
    return result
  }

  /// Every `step`-th element of a range along an axis.
  package func sliced(axis: Int, _ range: Range<Int>, step: Int = 1) -> StridedLayout {
    var (result, extents) = (self, shape.extents)
    extents[axis] = (range.count + step - 1) / step
    result.shape = Shape(extents)
    result.strides[axis] *= step
    result.offset += range.lowerBound * strides[axis]
    return result
  }

  /// The elements repeated along axes of extent 1 and along new outer axes.
  ///
  /// - Precondition: the shape broadcasts to `target`.
  package func broadcast(to target: Shape) -> StridedLayout {
    var result = self
    let missing = target.rank - shape.rank
    result.strides = target.extents.indices.map { axis in
      axis < missing || (shape.extents[axis - missing] == 1 && target.extents[axis] != 1) ? 0 : strides[axis - missing]
    }
    result.shape = target
    return result
  }
}

/// A loop nest over the elements of several layouts of one shape, with as few axes as possible: axes of extent 1 are
/// dropped, and adjacent axes that are contiguous in all layouts are merged.
struct LoopNest: Sendable {
  /// The extents, outermost first; at least one.
  private(set) var extents: [Int] = []
  /// For each layout, the stride of each axis.
  private(set) var strides: [[Int]]

  init(_ layouts: [StridedLayout]) {
    let shape = layouts[0].shape
    strides = layouts.map { _ in [] }
    for axis in shape.extents.indices where shape[axis] != 1 {
      let steps = layouts.map { $0.strides[axis] }
      let isEven = zip(strides, steps).allSatisfy { $0.last == $1 * shape[axis] }
      if let last = extents.indices.last, isEven {
        extents[last] *= shape[axis]
        for layout in layouts.indices { strides[layout][last] = steps[layout] }
      } else {
        extents.append(shape[axis])
        for layout in layouts.indices { strides[layout].append(steps[layout]) }
      }
    }
    if extents.isEmpty {
      extents = [1]
      strides = layouts.map { _ in [1] }
    }
  }

  /// The offset in one layout of an element, numbered over the outermost `axes` axes.
  func offset(ofElement number: Int, axes: Int, layout: Int) -> Int {
    var (rest, offset) = (number, 0)
    for axis in (0..<axes).reversed() {
      let (quotient, index) = rest.quotientAndRemainder(dividingBy: extents[axis])
      offset += index * strides[layout][axis]
      rest = quotient
    }
    return offset
  }

  /// The product of the outermost `axes` extents.
  func count(axes: Int) -> Int { extents.prefix(axes).reduce(1, *) }
}
