import KodamaTensors

/// Normalizes each sample, or each position of it, over its innermost axes:
///
/// y = weight · (x − mean) / √(variance + ε) + bias
///
/// - Shapes: [.., shape], kept.
/// - Parameters in checkpoints: `<path>.weight` and `<path>.bias` of `shape` where affine.
/// - Source: Ba, Kiros and Hinton 2016, eq. 3.
public struct LayerNormalization: Layer, Equatable {
  /// The innermost axes that are normalized together, such as [C].
  public let shape: Shape
  /// Added to the variance.
  public let epsilon: Double
  private let path: String
  private let affine: AffineTransform

  /// A normalization under `path`.
  public init(_ path: String, _ shape: Shape, epsilon: Double = 1e-5, isAffine: Bool = true) {
    self.path = path
    self.shape = shape
    self.epsilon = epsilon
    affine = AffineTransform(path, shape, hasWeight: isAffine, hasBias: true)
  }

  public var declarations: [ParameterDeclaration] { affine.declarations }

  /// - Precondition: the innermost axes are `shape`.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let axes = x.shape.axes(endingIn: shape, of: path)
    return affine.forward(x.standardized(axes: axes, epsilon: S(epsilon)).output, pass)
  }
}

/// Divides each position by the root of the mean square over its innermost axes: layer normalization without a mean.
///
/// y = weight · x / √(mean of x² + ε)
///
/// - Shapes: [.., shape], kept.
/// - Parameters in checkpoints: `<path>.weight` of `shape` where affine.
/// - Source: Zhang and Sennrich 2019, eq. 4.
public struct RMSNormalization: Layer, Equatable {
  /// The innermost axes that are normalized together, such as [C].
  public let shape: Shape
  /// Added to the mean square.
  public let epsilon: Double
  private let path: String
  private let affine: AffineTransform

  /// A normalization under `path`.
  public init(_ path: String, _ shape: Shape, epsilon: Double = 1e-5, isAffine: Bool = true) {
    self.path = path
    self.shape = shape
    self.epsilon = epsilon
    affine = AffineTransform(path, shape, hasWeight: isAffine, hasBias: false)
  }

  public var declarations: [ParameterDeclaration] { affine.declarations }

  /// - Precondition: the innermost axes are `shape`.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let axes = x.shape.axes(endingIn: shape, of: path)
    return affine.forward(x.dividedByRootMeanSquare(axes: axes, epsilon: S(epsilon)), pass)
  }
}

extension Shape {
  /// The innermost axes, which a layer normalizes together.
  ///
  /// - Precondition: they have the given extents.
  fileprivate func axes(endingIn shape: Shape, of path: String) -> [Int] {
    precondition(
      extents.suffix(shape.rank) == shape.extents[...], "\(path) normalizes [.., \(shape)], not shape \(self)")
    return Array(rank - shape.rank..<rank)
  }
}
