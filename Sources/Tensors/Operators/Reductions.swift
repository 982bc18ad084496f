// Reductions over chosen axes. Axes count from the outermost, negative ones from the innermost; nil means all of them.

extension Variable {
  /// The sum over some axes.
  ///
  /// - Parameter keepingAxes: whether reduced axes are kept with an extent of 1, so that the result broadcasts with
  ///   this value.
  public func sum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let (axes, workspace, shape) = (reduced(axes), tape.workspace, shape)
    let sum = workspace.reduce(.sum, value, axes: axes)
    let kept = shape.collapsing(axes: axes)
    return tape.record([self], output: sum.reshaped(keepingAxes ? kept : shape.removing(axes: axes))) { gradient in
      [workspace.broadcast(gradient.reshaped(kept), to: shape)]
    }
  }

  /// The mean over some axes.
  public func mean(axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    sum(axes: axes, keepingAxes: keepingAxes) * (1 / S(elements(along: axes)))
  }

  /// The variance over some axes: the mean of the squared differences from the mean.
  ///
  /// - Parameter isUnbiased: whether the sum of squares is divided by n − 1 instead of n.
  public func variance(axes: [Int]? = nil, keepingAxes: Bool = false, isUnbiased: Bool = false) -> Variable {
    let count = elements(along: axes)
    let squares = (self - mean(axes: axes, keepingAxes: true)).squared()
    return squares.sum(axes: axes, keepingAxes: keepingAxes) * (1 / S(isUnbiased ? count - 1 : count))
  }

  /// The maximum over some axes; equal elements share the gradient.
  public func maximum(axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let (axes, workspace, x) = (reduced(axes), tape.workspace, value)
    let largest = workspace.reduce(.largest, x, axes: axes)
    let result = largest.reshaped(keepingAxes ? largest.shape : shape.removing(axes: axes))
    return tape.record([self], output: result) { gradient in
      let chosen = workspace.binary(.equal, x, largest)
      let share = workspace.binary(
        .divide, gradient.reshaped(largest.shape), workspace.reduce(.sum, chosen, axes: axes))
      return [workspace.binary(.multiply, chosen, share)]
    }
  }

  /// ln Σ eˣ over some axes, without overflow.
  public func logSumExp(axes: [Int]? = nil, keepingAxes: Bool = false) -> Variable {
    let (axes, workspace, x) = (reduced(axes), tape.workspace, value)
    let total = workspace.reduce(.logSumExp, x, axes: axes)
    let result = total.reshaped(keepingAxes ? total.shape : shape.removing(axes: axes))
    return tape.record([self], output: result) { gradient in
      let probabilities = workspace.unary(.exponential, workspace.binary(.subtract, x, total))
      return [workspace.binary(.multiply, probabilities, gradient.reshaped(total.shape))]
    }
  }

  /// ln of the softmax along an axis: x − ln Σ eˣ.
  public func logSoftmax(axis: Int = -1) -> Variable {
    // Relative to the maximum, so that large numbers keep their precision.
    let largest = tape.workspace.reduce(.largest, value, axes: shape.normalized(axes: [axis]))
    let shifted = self - tape.constant(largest)
    return shifted - shifted.logSumExp(axes: [axis], keepingAxes: true)
  }

  /// The softmax along an axis: eˣ / Σ eˣ.
  public func softmax(axis: Int = -1) -> Variable { logSoftmax(axis: axis).exponential() }

  private func reduced(_ axes: [Int]?) -> [Int] { shape.normalized(axes: axes ?? Array(shape.extents.indices)) }

  private func elements(along axes: [Int]?) -> Int { reduced(axes).reduce(1) { $0 * shape[$1] } }
}

extension Tensor {
  /// The index of the largest element along an axis, the first of equal ones; NaN counts as the largest.
  ///
  /// - Returns: indices in the order of the other axes.
  public func indicesOfLargest(along axis: Int = -1, workspace: Workspace = Workspace()) -> [Int] {
    let axis = shape.normalized(axes: [axis])[0]
    let order = shape.extents.indices.filter { $0 != axis } + [axis]
    let sorted =
      order == Array(shape.extents.indices)
      ? self : workspace.read(self, through: StridedLayout(shape).permuted(order))
    let columns = shape[axis]
    precondition(columns > 0, "no largest along an axis of shape \(shape)")
    let largest = workspace.reduce(.largest, sorted, axes: [shape.rank - 1])
    return sorted.withUnsafeBuffer { x in
      largest.withUnsafeBuffer { largest in
        largest.indices.map { row in
          let values = x[row * columns..<(row + 1) * columns]
          let index = values.firstIndex { $0 == largest[row] || $0.isNaN } ?? values.startIndex
          return index - values.startIndex
        }
      }
    }
  }
}
