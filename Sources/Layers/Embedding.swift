import KodamaTensors

/// A lookup table with a row of channels for each class.
///
/// - Shapes: indices [B, T] → [B, T, C].
/// - Parameters in checkpoints: `<path>.weight` [classes, C].
public struct Embedding: Layer, Equatable {
  /// The number of classes.
  public let classes: Int
  /// The number of channels C.
  public let channels: Int
  private let name: String
  private let initializer: Initializer

  /// An embedding under `path`.
  ///
  /// - Parameter initializer: of the table; normal with standard deviation 1 in PyTorch.
  public init(
    _ path: String, classes: Int, channels: Int, initializer: Initializer = .normal(standardDeviation: 1)
  ) {
    self.initializer = initializer
    self.classes = classes
    self.channels = channels
    name = path + ".weight"
  }

  public var declarations: [ParameterDeclaration] {
    [ParameterDeclaration(name, [classes, channels], initializer)]
  }

  /// The rows at `indices`, whose shape is `shape`.
  public func forward<S: Scalar>(_ indices: [Int32], shape: Shape, _ pass: Pass<S>) -> Variable<S> {
    pass.parameter(name).gathered(indices, shape: shape)
  }

  /// The table in a pass.
  public func table<S: Scalar>(in pass: Pass<S>) -> Variable<S> { pass.parameter(name) }

  /// The table from parameters.
  public func table<S: Scalar>(from parameters: Parameters<S>) -> Tensor<S> { parameters[name] }
}
