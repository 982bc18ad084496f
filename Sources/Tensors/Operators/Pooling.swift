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

/// What a pooling makes of the elements under its window, and how the window slides along time, or along height and
/// width.
///
/// Signals are [B, T, C], maps [B, H, W, C]; each channel is pooled by itself.
public struct PoolingGeometry: Sendable, Equatable {
  /// What becomes of the elements under a window.
  public enum Kind: Sendable, Equatable {
    /// The largest of them; NaN where one is NaN. The padding is never the largest.
    case maximum
    /// Their mean. Where the padding counts, its zeros are part of it, as PyTorch's `count_include_pad` has it.
    case average(countingPadding: Bool)
  }

  /// What becomes of the elements under a window.
  public let kind: Kind
  /// How the window slides along time, or along height and width.
  public let windows: [SlidingWindow]

  /// - Precondition: one or two windows.
  public init(_ kind: Kind, windows: [SlidingWindow]) {
    precondition((1...2).contains(windows.count), "a pooling slides along one or two axes, not \(windows.count)")
    self.kind = kind
    self.windows = windows
  }

  /// The shape of the output; nil where a window does not fit. `validatedOutputShape(of:)` says why.
  ///
  /// - Precondition: the rank fits.
  public func outputShape(of input: Shape) -> Shape? {
    precondition(
      input.rank == windows.count + 2, "a pooling along \(windows.count) axes cannot take shape \(input)")
    let lengths = windows.outputLengths(of: input)
    return lengths.allSatisfy { $0 > 0 } ? Shape([input[0]] + lengths + [input.last]) : nil
  }

  /// The shape of the output of an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault.otherInput` where the rank does not fit, `.noOutput` where a window does not,
  ///   `.onlyPadding` where one lies on padding alone at some place.
  public func validatedOutputShape(of input: Shape) throws(GeometryFault) -> Shape {
    if input.rank != windows.count + 2 {
      throw .otherInput(operation: "a pooling", input: input, axes: windows.count, channels: nil)
    }
    guard let output = outputShape(of: input) else {
      throw .noOutput(operation: "a pooling", input: input, windows: windows)
    }
    if !windows.alwaysCoverElements(of: input) {
      throw .onlyPadding(operation: "a pooling", input: input, windows: windows)
    }
    return output
  }
}
