import KodamaTensors

/// Normalizes each sample over groups of channels and all positions:
///
/// y = weight · (x − mean) / √(variance + ε) + bias
///
/// One group is all channels of a sample; as many groups as channels is instance normalization.
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
