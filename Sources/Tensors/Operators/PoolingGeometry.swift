/// The kind of a pooling, and its sliding windows along time, or along height and width.
///
/// Signals are [B, T, C], maps [B, H, W, C]; each channel is pooled separately.
public struct PoolingGeometry: Sendable, Equatable {
  /// The reduction of the elements under a window.
  public enum Kind: Sendable, Equatable {
    /// Their maximum; NaN where one is NaN. Padding is ignored.
    case maximum
    /// Their mean, with or without the zeros of the padding, like PyTorch's `count_include_pad`.
    case average(countingPadding: Bool)
  }

  /// The reduction of the elements under a window.
  public let kind: Kind
  /// The sliding windows along time, or along height and width.
  public let windows: [SlidingWindow]

  /// - Precondition: one or two windows.
  public init(_ kind: Kind, windows: [SlidingWindow]) {
    precondition((1...2).contains(windows.count), "a pooling slides along one or two axes, not \(windows.count)")
    self.kind = kind
    self.windows = windows
  }

  /// The output shape; nil where a window does not fit. `validatedOutputShape(of:)` throws the reason.
  ///
  /// - Precondition: the rank matches.
  public func outputShape(of input: Shape) -> Shape? {
    precondition(
      input.rank == windows.count + 2, "a pooling along \(windows.count) axes cannot take shape \(input)")
    let lengths = windows.outputLengths(of: input)
    return lengths.allSatisfy { $0 > 0 } ? Shape([input[0]] + lengths + [input.last]) : nil
  }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault.otherInput` where the rank does not match, `.noOutput` where a window does not fit,
  ///   `.onlyPadding` where one covers only padding.
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
