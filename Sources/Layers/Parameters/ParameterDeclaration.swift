import KodamaCore
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

/// How a parameter begins.
public enum Initializer: Sendable, Equatable {
  /// All elements equal.
  case constant(Double)
  /// The same numbers for each output channel.
  case rows([Double])
  /// Uniform in ±bound.
  case uniform(bound: Double)
  /// Normal with mean 0.
  case normal(standardDeviation: Double)
  /// The norm of each output channel of another parameter, declared before: where weight normalization begins.
  case norms(of: String)

  /// Uniform in ±1/√(fan in): what PyTorch's convolutions begin with, weight and bias alike.
  public static func fanIn(_ inputs: Int) -> Initializer { .uniform(bound: 1 / Double(max(1, inputs)).squareRoot()) }

  func tensor<S: Scalar>(_ shape: Shape, random: inout Philox, declared: [String: Tensor<S>]) -> Tensor<S> {
    switch self {
    case .constant(let value): return Tensor(shape, repeating: S(value))
    case .rows(let row):
      precondition(shape.count % max(1, row.count) == 0, "rows of \(row.count) numbers do not fill shape \(shape)")
      return Tensor(shape, (0..<shape.count).map { S(row[$0 % row.count]) })
    case .uniform(let bound):
      return Tensor(shape, (0..<shape.count).map { _ in S(bound * (2 * random.uniform() - 1)) })
    case .normal(let deviation): return Tensor(shape, (0..<shape.count).map { _ in S(deviation * random.normal()) })
    case .norms(let name):
      guard let other = declared[name] else { preconditionFailure("\(name) must be declared before its norms") }
      return other.channelNorms.reshaped(shape)
    }
  }
}
