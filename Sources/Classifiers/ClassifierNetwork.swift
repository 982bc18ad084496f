import KodamaCheckpoints
import KodamaCore
import KodamaNetworks

/// The network of a classifier: a kind, and how wide it is.
public struct ClassifierNetwork: Sendable, Hashable {
  /// The kinds of networks, each in the size for log-mel maps of one channel.
  public enum Kind: String, Sendable, CaseIterable {
    /// Inverted residuals of depthwise-separable convolutions (Sandler et al. 2018).
    case mobile
    /// Residual blocks (He et al. 2016).
    case residual
    /// Dense blocks (Huang et al. 2017).
    case dense
    /// Plain 3 × 3 convolutions (Simonyan and Zisserman 2015) with batch normalization.
    case vgg
  }

  /// The kind.
  public var kind: Kind
  /// The factor of all numbers of channels; of dense networks, of the channels that each layer adds.
  public var width: Double

  /// The factors of channels.
  public static let widthRange = 0.25...8.0

  /// A network.
  public init(_ kind: Kind = .mobile, width: Double = 1) { (self.kind, self.width) = (kind, width) }

  /// The layers, with a head for each label set: `heads.0.weight`, `heads.0.bias`, `heads.1.weight`, …
  public func layers(labels: [LabelSet]) -> any ClassificationNetwork {
    let heads = ClassificationHeads.named(
      labels.enumerated().map { ClassificationHead(path: "heads.\($0)", classes: $1.values.count) })
    return switch kind {
    case .mobile: MobileNetworkV2.smallMobile(widthMultiplier: width, heads: heads)
    case .residual: ResidualNetwork.smallResidual(width: width, heads: heads)
    case .dense: DenseNetwork.smallDense(width: width, heads: heads)
    case .vgg: VGGNetwork.smallVGG(width: width, heads: heads)
    }
  }

  /// Throws where a value is out of range.
  ///
  /// - Throws: `ClassifierFault.badConfiguration`.
  func validate(source: String) throws(ClassifierFault) {
    if let problem = Self.fields.problem(of: self, under: "network.") {
      throw .badConfiguration(
        source: source, field: problem.field, value: problem.value, allowed: problem.allowed)
    }
  }

  /// The settings in files.
  package static let fields: ConfigurationFields<ClassifierNetwork> = [
    .init("type", \.kind, .choice, "The kind of network"),
    .init(
      "width", \.width,
      .number(
        AllowedValues("\(widthRange.lowerBound) to \(widthRange.upperBound)") { widthRange.contains($0) }),
      "The factor of all numbers of channels", .optional),
  ]
}
