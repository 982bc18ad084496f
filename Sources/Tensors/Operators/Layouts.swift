// Operators that rearrange elements: reshape, permute, slice, pad, concatenate.

extension Variable {
  /// The same elements in order under another shape.
  ///
  /// - Precondition: equal numbers of elements.
  public func reshaped(_ shape: Shape) -> Variable {
    let former = self.shape
    return tape.record([self], output: value.reshaped(shape)) { [$0.reshaped(former)] }
  }

  /// The axes in another order: axis a of the result is axis `axes[a]`.
  ///
  /// - Precondition: `axes` contains every axis once.
  public func permuted(_ axes: [Int]) -> Variable {
    precondition(
      axes.sorted() == Array(shape.extents.indices), "axes \(axes) are not all axes of shape \(shape), each once")
    let (workspace, inverse) = (tape.workspace, axes.indices.map { axis in axes.firstIndex(of: axis)! })
    return tape.record([self], output: workspace.read(value, through: StridedLayout(shape).permuted(axes))) {
      gradient in
      [workspace.read(gradient, through: StridedLayout(gradient.shape).permuted(inverse))]
    }
  }

  /// The elements repeated to a shape that this one broadcasts to.
  public func broadcast(to target: Shape) -> Variable {
    precondition(shape.broadcast(with: target) == target, "shape \(shape) is not broadcast to \(target)")
    let (workspace, former) = (tape.workspace, shape)
    return tape.record([self], output: workspace.broadcast(value, to: target)) { [workspace.sum($0, to: former)] }
  }

  /// Every `step`-th element of a range along an axis; negative axes count from the innermost.
  ///
  /// - Precondition: the range lies within the axis, and the step is positive.
  public func sliced(axis: Int, _ range: Range<Int>, step: Int = 1) -> Variable {
    let axis = shape.normalized(axes: [axis])[0]
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape[axis] && step > 0,
      "range \(range) by \(step) of axis \(axis) of shape \(shape)")
    let (workspace, former) = (tape.workspace, shape)
    let layout = StridedLayout(shape).sliced(axis: axis, range, step: step)
    return tape.record([self], output: workspace.read(value, through: layout)) { gradient in
      var result = Tensor<S>(former, workspace: workspace)
      workspace.backend.write(gradient, to: &result, through: layout, in: workspace.resources)
      return [result]
    }
  }

  /// The value padded with a constant before and after along an axis.
  public func padded(axis: Int, before: Int, after: Int, with number: S = 0) -> Variable {
    let axis = shape.normalized(axes: [axis])[0]
    precondition(before >= 0 && after >= 0, "padding \(before) and \(after) of axis \(axis) of shape \(shape)")
    var extents = shape.extents
    extents[axis] += before + after
    let (workspace, range) = (tape.workspace, before..<before + shape[axis])
    let layout = StridedLayout(Shape(extents)).sliced(axis: axis, range)
    var output = Tensor<S>(Shape(extents), repeating: number, workspace: workspace)
    workspace.backend.write(value, to: &output, through: layout, in: workspace.resources)
    return tape.record([self], output: output) { gradient in [workspace.read(gradient, through: layout)] }
  }

  /// Values joined along an axis.
  ///
  /// - Precondition: at least one value, with shapes that differ at most along that axis.
  public static func concatenated(_ parts: [Variable], axis: Int) -> Variable {
    guard let first = parts.first else { preconditionFailure("nothing to concatenate") }
    let (axis, workspace) = (first.shape.normalized(axes: [axis])[0], first.tape.workspace)
    precondition(
      parts.allSatisfy {
        $0.shape.rank == first.shape.rank && $0.shape.collapsing(axes: [axis]) == first.shape.collapsing(axes: [axis])
      }, "shapes \(parts.map(\.shape)) cannot be concatenated along axis \(axis)")
    var (extents, layouts, ranges, end) = (first.shape.extents, [StridedLayout](), [Range<Int>](), 0)
    for part in parts {
      ranges.append(end..<end + part.shape[axis])
      end += part.shape[axis]
    }
    extents[axis] = end
    layouts = ranges.map { StridedLayout(Shape(extents)).sliced(axis: axis, $0) }
    var output = Tensor<S>(undefined: Shape(extents), workspace: workspace)
    for (part, layout) in zip(parts, layouts) {
      workspace.backend.write(part.value, to: &output, through: layout, in: workspace.resources)
    }
    return first.tape.record(parts, output: output) { gradient in
      layouts.map { workspace.read(gradient, through: $0) }
    }
  }

  /// Values of one shape joined along a new axis.
  public static func stacked(_ parts: [Variable], axis: Int = 0) -> Variable {
    let grown = parts.map { part in
      var extents = part.shape.extents
      extents.insert(1, at: axis < 0 ? extents.count + 1 + axis : axis)
      return part.reshaped(Shape(extents))
    }
    return concatenated(grown, axis: axis)
  }
}
