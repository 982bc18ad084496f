import KodamaTensors

/// Maximum pooling with square windows of K × K, the last of which may end beyond the map, like PyTorch's `MaxPool2d`
/// with `ceil_mode=True`: ⌈(n − K) / stride⌉ + 1 outputs along an axis of n elements. Elements beyond the map are ignored.
///
/// - Shapes: [B, H, W, C] → [B, H′, W′, C].
/// - Parameters in checkpoints: none.
public struct CeilingMaximumPooling: Layer, Equatable {
  /// Elements under a window along each axis, K.
  public let kernelSize: Int
  /// Elements from one window to the next; at most K, so that every window begins within the map.
  public let stride: Int

  /// - Precondition: 0 < stride ≤ K.
  public init(_ kernelSize: Int, stride: Int) {
    precondition(stride > 0 && stride <= kernelSize, "no pooling has windows of \(kernelSize) in steps of \(stride)")
    self.kernelSize = kernelSize
    self.stride = stride
  }

  public var declarations: [ParameterDeclaration] { [] }

  /// The window along an axis of `length` elements, padded to where the last one ends.
  private func window(ofLength length: Int) -> SlidingWindow {
    // From the last element to where the last window ends. Of fewer than K elements there is one window as long as
    // (n − K) / stride is rounded up to 0.
    let missing = ((kernelSize - length) % stride + stride) % stride
    let after = kernelSize - length < stride ? missing : 0
    return SlidingWindow(kernelSize, stride: stride, padding: .explicit(before: 0, after: after))
  }

  private func geometry(of input: Shape) -> PoolingGeometry {
    PoolingGeometry(.maximum, windows: [window(ofLength: input[1]), window(ofLength: input[2])])
  }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` with all lengths where there is no output, or the rank does not match.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    if input.rank != 4 { throw .otherInput(operation: "a pooling", input: input, axes: 2, channels: nil) }
    return try geometry(of: input).validatedOutputShape(of: input)
  }

  /// - Precondition: the output is not empty.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    precondition(x.shape.rank == 4, "a pooling of maps cannot take shape \(x.shape)")
    return x.pooled(geometry(of: x.shape))
  }
}

/// Average pooling of a map of any size to a map of a given size, like PyTorch's `AdaptiveAvgPool2d`: output i of N along
/// an axis of n elements is the mean of elements ⌊i · n / N⌋ to ⌈(i + 1) · n / N⌉, the last one excluded.
///
/// - Shapes: [B, H, W, C] → [B, height, width, C].
/// - Parameters in checkpoints: none.
public struct AdaptiveAveragePooling: Layer, Equatable {
  /// The height of the output.
  public let height: Int
  /// The width of the output.
  public let width: Int

  /// - Precondition: a positive size.
  public init(height: Int, width: Int) {
    precondition(height > 0 && width > 0, "no map has \(height) × \(width) elements")
    self.height = height
    self.width = width
  }

  public var declarations: [ParameterDeclaration] { [] }

  /// The output shape for an input whose lengths come from a file.
  ///
  /// - Throws: `GeometryFault` where the map is empty, or the rank does not match.
  public func outputShape(of input: Shape) throws(GeometryFault) -> Shape {
    if input.rank != 4 { throw .otherInput(operation: "a pooling", input: input, axes: 2, channels: nil) }
    if input[1] == 0 || input[2] == 0 {
      throw .noOutput(operation: "a pooling", input: input, windows: [SlidingWindow(1), SlidingWindow(1)])
    }
    return [input[0], height, width, input.last]
  }

  /// - Precondition: the map is not empty.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    precondition(
      x.shape.rank == 4 && x.shape[1] > 0 && x.shape[2] > 0, "an adaptive pooling cannot take shape \(x.shape)")
    return Self.averaged(Self.averaged(x, axis: 1, to: height), axis: 2, to: width)
  }

  private static func averaged<S: Scalar>(_ x: Variable<S>, axis: Int, to count: Int) -> Variable<S> {
    let length = x.shape[axis]
    if length == count { return x }
    let means = (0..<count).map { index in
      let range = index * length / count..<((index + 1) * length + count - 1) / count
      return x.sliced(axis: axis, range).mean(axes: [axis], keepingAxes: true)
    }
    return .concatenated(means, axis: axis)
  }
}
