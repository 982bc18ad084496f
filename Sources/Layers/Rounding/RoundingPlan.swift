/// The precision of a network's weights while it is trained: it computes with rounded weights, and what is trained are
/// those behind them.
///
/// - Source: Courbariaux et al. 2015, "BinaryConnect", §2.3; Jacob et al. 2018, "Quantization and training of neural
///   networks for efficient integer-arithmetic-only inference", §3.
public struct RoundingPlan: Sendable, Equatable {
  /// The precision of weights, one of `Precision.integers`.
  public var precision = Precision.int8
  /// The step from which on weights are rounded.
  public var firstStep = 0
  /// Parameters with another precision; the first entry that matches a name applies.
  public var layers: [RoundedLayers] = []

  /// The default plan.
  public init() {}

  /// A plan of one precision.
  public init(_ precision: Precision) { self.precision = precision }

  /// The precision of a parameter: single, unless it is the weight of a layer.
  public func precision(of declaration: ParameterDeclaration) -> Precision {
    if !declaration.isLayerWeight { return .float32 }
    return layers.first { ParameterGroup($0.pattern).contains(declaration.name) }?.precision ?? precision
  }
}

/// The precision of the parameters whose names match a pattern.
public struct RoundedLayers: Sendable, Equatable {
  /// A shell pattern on dotted names, such as `head.*`.
  public var pattern: String
  /// Their precision, one of `Precision.integers` or single.
  public var precision: Precision

  /// An entry.
  public init(_ pattern: String, _ precision: Precision = .float32) {
    (self.pattern, self.precision) = (pattern, precision)
  }
}
