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
    switch kind {
    case .mobile:
      return MobileNetworkV2(
        inputChannels: 1, stemChannels: 16,
        stages: [
          .init(expansion: 1, channels: 16, blocks: 1, stride: 1),
          .init(expansion: 4, channels: 24, blocks: 2, stride: 2),
          .init(expansion: 4, channels: 32, blocks: 2, stride: 2),
          .init(expansion: 4, channels: 48, blocks: 3, stride: 2),
        ], lastChannels: 192, widthMultiplier: width, dropout: 0.1, heads: heads)
    case .residual:
      return ResidualNetwork(
        inputChannels: 1, stem: .small(channels: channels(16), stride: 2),
        stages: [16, 32, 64].enumerated().map { .init(blocks: 2, channels: channels($1), stride: $0 == 0 ? 1 : 2) },
        heads: heads)
    case .dense:
      return DenseNetwork(
        inputChannels: 1, stem: .small(stride: 2), stemChannels: 24, growthRate: channels(12), blockSizes: [6, 6, 6],
        heads: heads)
    case .vgg:
      return VGGNetwork(
        inputChannels: 1, stages: [[16], [32, 32], [64, 64], [128, 128]].map { $0.map(channels) }, dropout: 0.2,
        heads: heads)
    }
  }

  /// Channels, widened.
  private func channels(_ count: Int) -> Int { max(4, Int((Double(count) * width).rounded())) }

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
