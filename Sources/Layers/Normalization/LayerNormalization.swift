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

/// Divides each position by the root mean square over its innermost axes: layer normalization without the mean.
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
  /// The innermost axes with the extents of `shape`.
  ///
  /// - Precondition: these axes have the given extents.
  fileprivate func axes(endingIn shape: Shape, of path: String) -> [Int] {
    precondition(
      extents.suffix(shape.rank) == shape.extents[...], "\(path) normalizes [.., \(shape)], not shape \(self)")
    return Array(rank - shape.rank..<rank)
  }
}

/// Normalizes each sample over groups of channels and all positions:
///
/// y = weight · (x − mean) / √(variance + ε) + bias
///
/// With one group, all channels of a sample are normalized together; with as many groups as channels, it is instance
/// normalization.
///
/// - Shapes: [B, T, C] or [B, H, W, C], kept.
/// - Parameters in checkpoints: `<path>.weight` and `<path>.bias` [C] where affine.
/// - Source: Wu and He 2018, §3.
public struct GroupNormalization: Layer, Equatable {
  /// The groups, each of C / groups consecutive channels.
  public let groups: Int
  /// The channels C.
  public let channels: Int
  /// Added to the variance.
  public let epsilon: Double
  private let path: String
  private let affine: AffineTransform

  /// A normalization under `path`.
  ///
  /// - Precondition: the channels are a multiple of the groups.
  public init(_ path: String, groups: Int, channels: Int, epsilon: Double = 1e-5, isAffine: Bool = true) {
    precondition(groups > 0 && channels % groups == 0, "\(path): \(channels) channels in \(groups) groups")
    self.path = path
    self.groups = groups
    self.channels = channels
    self.epsilon = epsilon
    affine = AffineTransform(path, [channels], hasWeight: isAffine, hasBias: true)
  }

  /// Instance normalization: each channel of each sample over its positions.
  ///
  /// - Source: Ulyanov et al. 2016, eq. 1.
  public static func instance(
    _ path: String, channels: Int, epsilon: Double = 1e-5, isAffine: Bool = false
  ) -> GroupNormalization {
    GroupNormalization(path, groups: channels, channels: channels, epsilon: epsilon, isAffine: isAffine)
  }

  public var declarations: [ParameterDeclaration] { affine.declarations }

  /// - Precondition: C channels.
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    precondition(x.shape.last == channels, "\(path) normalizes \(channels) channels, not shape \(x.shape)")
    let divided = Shape(x.shape.extents.dropLast() + [groups, channels / groups])
    // All axes but the batch and the groups.
    let axes = Array(1..<divided.rank - 2) + [divided.rank - 1]
    let (output, _) = x.reshaped(divided).standardized(axes: axes, epsilon: S(epsilon))
    return affine.forward(output.reshaped(x.shape), pass)
  }
}

/// The affine transform at the end of normalization layers: y = weight · x + bias, by channel.
///
/// - Parameters in checkpoints: `<path>.weight`, initially 1, and `<path>.bias`, initially 0; none for the identity.
struct AffineTransform: Sendable, Equatable {
  let declarations: [ParameterDeclaration]

  /// - Parameters:
  ///   - shape: the shape of the weight and the bias.
  ///   - hasWeight: false for the identity.
  init(_ path: String, _ shape: Shape, hasWeight: Bool, hasBias: Bool) {
    declarations =
      (hasWeight ? [ParameterDeclaration(path + ".weight", shape, .constant(1))] : [])
      + (hasWeight && hasBias ? [ParameterDeclaration(path + ".bias", shape, .constant(0))] : [])
  }

  /// The weight and the bias in a pass; nil where there is none.
  func variables<S: Scalar>(in pass: Pass<S>) -> (weight: Variable<S>?, bias: Variable<S>?) {
    let all = declarations.map { pass.parameter($0.name) }
    return (all.first, all.count < 2 ? nil : all[1])
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    guard let weight = declarations.first else { return x }
    let scaled = x * pass.parameter(weight.name)
    return declarations.count < 2 ? scaled : scaled + pass.parameter(declarations[1].name)
  }
}
