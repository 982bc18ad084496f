import KodamaCore

/// Errors in the shape of an input from a file, for a convolution or pooling.
///
/// The operators check the same conditions as preconditions; `ConvolutionGeometry.validatedOutputShape(of:)`,
/// `PoolingGeometry.validatedOutputShape(of:)` and the layers' `outputShape(of:)` throw them beforehand.
public enum GeometryFault: Fault, Equatable {
  /// The input has the wrong number of axes or channels; `channels` is nil where any number is valid.
  case otherInput(operation: String, input: Shape, axes: Int, channels: Int?)
  /// Along an axis the input is too short for the window.
  case noOutput(operation: String, input: Shape, windows: [SlidingWindow])
  /// A window covers only padding, which has neither a maximum nor a mean.
  case onlyPadding(operation: String, input: Shape, windows: [SlidingWindow])
  /// The padding of a transposed convolution removes its whole output.
  case nothingLeft(operation: String, input: Shape, windows: [SlidingWindow], outputPadding: [Int], lengths: [Int])

  public var description: String {
    switch self {
    case .otherInput(let operation, let input, let axes, let channels):
      "\(operation) cannot take an input of shape \(input); give \(axes == 1 ? "a signal [B, T, C]" : "a map [B, H, W, C]")"
        + (channels.map { " of \($0) channels" } ?? "")
    case .noOutput(let operation, let input, let windows):
      "\(operation) gives no output of an input of shape \(input): "
        + Self.axes(input, windows) { window, length in "\(window.outputLength(length)) outputs" }
        + "; give at least "
        + windows.enumerated().map { "\($1.leastLength) along axis \($0 + 1)" }.joined(separator: ", ")
        + ", or take smaller kernels, less dilation or more padding"
    case .onlyPadding(let operation, let input, let windows):
      "\(operation) has windows beside the elements of an input of shape \(input): "
        + Self.axes(input, windows) { window, length in
          "\(window.outputLength(length)) outputs, "
            + (window.alwaysCoversElements(ofLength: length) ? "each with elements" : "some of padding alone")
        } + "; take less padding, at most half of what the kernel spans, or give a longer input"
    case .nothingLeft(let operation, let input, let windows, let outputPadding, let lengths):
      "\(operation) leaves no output of an input of shape \(input): "
        + windows.indices.map { axis in
          "axis \(axis + 1) of length \(input[axis + 1]) under a kernel that spans \(windows[axis].extent) "
            + "(\(windows[axis]), output padding \(outputPadding[axis])): \(lengths[axis]) outputs"
        }.joined(separator: "; ") + "; give a longer input, or take less padding or larger kernels"
    }
  }

  public var exitStatus: ExitStatus { .badData }

  /// The lengths along each axis, as text.
  private static func axes(
    _ input: Shape, _ windows: [SlidingWindow], outputs: (SlidingWindow, Int) -> String
  ) -> String {
    zip(windows, input.extents.dropFirst()).enumerated().map { index, axis in
      let (window, length) = axis
      let (before, after) = window.padding(ofLength: length)
      return
        "axis \(index + 1) of length \(length), \(length + before + after) with padding, under a kernel that spans "
        + "\(window.extent) (\(window)): \(outputs(window, length))"
    }.joined(separator: "; ")
  }
}

extension [SlidingWindow] {
  /// The reason why the windows have no output for an input, with all lengths.
  func refusal(of operation: String, input: Shape) -> String {
    GeometryFault.noOutput(operation: operation, input: input, windows: self).description
  }
}
