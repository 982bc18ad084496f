extension Variable {
  /// The largest or the mean of the elements under a window, of each channel.
  ///
  /// Of equal largest elements the first one has the gradient, as in PyTorch.
  ///
  /// - Precondition: the windows fit the input, and each lies on at least one element.
  /// - Shapes: [B, T, C] → [B, T′, C], or [B, H, W, C] → [B, H′, W′, C]; the lengths are those of
  ///   `PoolingGeometry.outputShape(of:)`.
  public func pooled(_ geometry: PoolingGeometry) -> Variable {
    let (workspace, backend, x) = (tape.workspace, tape.workspace.backend, value)
    precondition(geometry.outputShape(of: shape) != nil, geometry.windows.refusal(of: "a pooling", input: shape))
    precondition(
      geometry.windows.alwaysCoverElements(of: shape),
      GeometryFault.onlyPadding(operation: "a pooling", input: shape, windows: geometry.windows).description)
    let y = backend.pooling(x, geometry, in: workspace.resources)
    return tape.record([self], output: y) { gradient in
      [backend.poolingGradient(gradient, input: x, output: y, geometry, in: workspace.resources)]
    }
  }

  /// The mean of each channel over all positions: [B, .., C] → [B, C].
  public func globalAverage() -> Variable { mean(axes: positions) }

  /// The largest of each channel over all positions: [B, .., C] → [B, C]. Equal ones share the gradient.
  public func globalMaximum() -> Variable { maximum(axes: positions) }

  /// The axes between batch and channels.
  private var positions: [Int] {
    precondition(
      shape.rank > 2 && shape.extents[1..<shape.rank - 1].allSatisfy { $0 > 0 },
      "a global pooling needs elements between batch and channels, not shape \(shape)")
    return Array(1..<shape.rank - 1)
  }
}
