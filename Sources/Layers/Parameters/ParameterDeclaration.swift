import KodamaTensors

/// What happens to a parameter in training.
public enum ParameterRole: Sendable, Equatable {
  /// The optimizer moves it.
  case trained
  /// It stays as it is, and no gradient is computed for it.
  case frozen
  /// A pass returns its next value, as normalization does of its running mean and variance; it has no gradient.
  case state
}

/// A parameter's dotted name, shape, initializer and role.
public struct ParameterDeclaration: Sendable, Equatable {
  /// The dotted name, as in checkpoints: `blocks.3.dilated.weight`.
  public let name: String
  /// The shape, in PyTorch's layout.
  public let shape: Shape
  /// Its initializer.
  public let initializer: Initializer
  /// Its role unless a run freezes it.
  public let role: ParameterRole

  /// A declaration.
  public init(_ name: String, _ shape: Shape, _ initializer: Initializer, role: ParameterRole = .trained) {
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.role = role
  }
}

/// A part of a network: knows its hyperparameters and the names of its parameters. The parameters themselves are in a
/// `Parameters` value, so that one network runs with raw or averaged weights, in single or double precision.
public protocol Layer: Sendable {
  /// What the layer needs, in order.
  var declarations: [ParameterDeclaration] { get }
}
