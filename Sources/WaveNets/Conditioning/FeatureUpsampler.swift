import KodamaLayers
import KodamaTensors

/// From frames of features to steps: a convolution over neighbouring frames, then upsampling by the hop.
///
/// - Parameters in checkpoints: `features.context.weight` [C, C, 2p + 1], where p context frames are seen on each side;
///   `features.upsampling.i.weight` [C, 1, 2f] for each factor f of learned upsampling.
public struct FeatureUpsampler: Layer, Equatable {
  /// What the features are.
  public let features: FeatureConditioning
  /// The convolution over frames; nil without context.
  private let context: NormalizedWeight?
  /// The kernels of learned upsampling, by factor.
  private let kernels: [NormalizedWeight]

  init(_ features: FeatureConditioning) {
    self.features = features
    let channels = features.channels
    let taps = 2 * features.contextFrames + 1
    context =
      features.contextFrames == 0
      ? nil
      : NormalizedWeight(
        "features.context", [channels, channels, taps], normalized: false, initializer: .fanIn(channels * taps))
    kernels =
      features.upsampling.method != .transposed
      ? []
      : features.upsampling.factors.enumerated().map { index, factor in
        NormalizedWeight(
          "features.upsampling.\(index)", [channels, 1, 2 * factor], normalized: false,
          initializer: .rows(Self.interpolation(by: factor)))
      }
  }

  /// The kernel of linear interpolation between the middles of frames: a triangle of 2f numbers, of which any two f apart
  /// sum to 1.
  private static func interpolation(by factor: Int) -> [Double] {
    (0..<2 * factor).map { 1 - abs(Double($0) + 0.5 - Double(factor)) / Double(factor) }
  }

  public var declarations: [ParameterDeclaration] {
    (context?.declarations ?? []) + kernels.flatMap(\.declarations)
  }
}
