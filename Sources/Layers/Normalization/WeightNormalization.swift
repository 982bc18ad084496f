import KodamaTensors

/// The weight of a layer, optionally parameterized by a length and a direction for each output channel.
///
/// Plain: one parameter, `<path>.weight`. Normalized: w = g · v / ‖v‖ with the norm over all axes but the first;
/// parameters `<path>.weight_g` [O, 1, …] and `<path>.weight_v`, PyTorch's names for its `weight_norm`.
///
/// - Source: Salimans and Kingma 2016, eq. 2.
public struct WeightNormalization: Layer, Equatable {
  /// The dotted path of the layer.
  public let path: String
  /// The shape of the weight, output channels first.
  public let shape: Shape
  /// Whether direction and length are separate parameters.
  public let isNormalized: Bool
  /// Whether it maps channels to channels (see `ParameterDeclaration.isMatrix`).
  public let isMatrix: Bool
  /// Whether it is the weight of a layer (see `ParameterDeclaration.isLayerWeight`).
  public let isLayerWeight: Bool
  private let initializer: Initializer

  /// A weight under `path`.
  public init(
    _ path: String, _ shape: Shape, normalized: Bool, initializer: Initializer, isMatrix: Bool = true,
    isLayerWeight: Bool? = nil
  ) {
    self.path = path
    self.shape = shape
    isNormalized = normalized
    self.isMatrix = isMatrix
    self.isLayerWeight = isLayerWeight ?? isMatrix
    self.initializer = initializer
  }

  public var declarations: [ParameterDeclaration] {
    if !isNormalized {
      return [
        ParameterDeclaration(path + ".weight", shape, initializer, isMatrix: isMatrix, isLayerWeight: isLayerWeight)
      ]
    }
    let lengths = Shape([shape[0]] + shape.extents.dropFirst().map { _ in 1 })
    return [
      ParameterDeclaration(path + ".weight_v", shape, initializer, isMatrix: isMatrix, isLayerWeight: isLayerWeight),
      ParameterDeclaration(path + ".weight_g", lengths, .norms(of: path + ".weight_v")),
    ]
  }

  /// The weight in a pass.
  public func variable<S: Scalar>(in pass: Pass<S>) -> Variable<S> {
    if !isNormalized { return pass.parameter(path + ".weight") }
    return pass.parameter(path + ".weight_v").weightNormalized(lengths: pass.parameter(path + ".weight_g"))
  }

  /// The weight from parameters, outside a pass.
  public func tensor<S: Scalar>(from parameters: Parameters<S>) -> Tensor<S> {
    variable(in: Pass(parameters)).value
  }
}
