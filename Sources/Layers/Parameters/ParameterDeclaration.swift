import KodamaTensors

/// A parameter's dotted name, shape and beginning.
public struct ParameterDeclaration: Sendable, Equatable {
  /// The dotted name, as it stands in checkpoints: `blocks.3.dilated.weight`.
  public let name: String
  /// The shape, in PyTorch's layout.
  public let shape: Shape
  /// How it begins.
  public let initializer: Initializer

  /// A declaration.
  public init(_ name: String, _ shape: Shape, _ initializer: Initializer) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
  }
}

/// A part of a network: knows its hyperparameters and the names of its parameters; the parameters themselves stand in
/// a `Parameters` value, so that one network runs with raw or averaged weights, in single or double precision.
public protocol Layer: Sendable {
  /// What the layer needs, in order.
  var declarations: [ParameterDeclaration] { get }
}
