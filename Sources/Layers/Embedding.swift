import KodamaTensors

/// A row of numbers for each class.
///
/// - Shapes: indices [B, T] → [B, T, C].
/// - Parameters in checkpoints: `<path>.weight` [classes, C].
public struct Embedding: Layer, Equatable {
  /// The number of classes.
  public let classes: Int
  /// The numbers of each.
  public let channels: Int
  private let name: String

  /// An embedding under `path`. It begins as PyTorch's does: normal with deviation 1.
  public init(_ path: String, classes: Int, channels: Int) {
    self.classes = classes
    self.channels = channels
    name = path + ".weight"
  }

  public var declarations: [ParameterDeclaration] {
    [ParameterDeclaration(name, [classes, channels], .normal(standardDeviation: 1))]
  }

  /// The rows of `indices`, which fill `shape`.
  public func forward<S: Scalar>(_ indices: [Int32], shape: Shape, _ pass: Pass<S>) -> Variable<S> {
    pass.tape.embedding(pass.parameter(name), indices: indices, shape: shape)
  }

  /// The table in a pass.
  public func table<S: Scalar>(in pass: Pass<S>) -> Variable<S> { pass.parameter(name) }

  /// The table from parameters.
  public func table<S: Scalar>(from parameters: Parameters<S>) -> Tensor<S> { parameters[name] }
}
