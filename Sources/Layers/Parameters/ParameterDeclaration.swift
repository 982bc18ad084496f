import KodamaCore
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The role of a parameter in training.
public enum ParameterRole: Sendable, Equatable {
  /// Updated by the optimizer.
  case trained
  /// Constant; no gradient is computed for it.
  case frozen
  /// Updated by the forward pass, such as the running mean and variance of normalization; it has no gradient.
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
  /// Whether it maps hidden channels to hidden channels, as the matrix of its first axis by all others: the weight of a
  /// layer within a network, but no table, output layer, kernel of single channels, or bias. Some optimizers have a rule
  /// of their own for such matrices.
  public let isMatrix: Bool
  /// Whether it is the weight of a layer that maps channels to channels, [outputs, inputs, …]: a matrix or that of an
  /// output layer, but no table, kernel of single channels, or vector. Such weights may be pruned.
  public let isLayerWeight: Bool
  /// Whether it serves training alone and is no part of the model, such as the regressor of a teacher's hints: it is kept
  /// in checkpoints beside the model.
  public let isAuxiliary: Bool

  /// A declaration.
  ///
  /// - Parameter isLayerWeight: nil: where it is a matrix.
  public init(
    _ name: String, _ shape: Shape, _ initializer: Initializer, role: ParameterRole = .trained, isMatrix: Bool = false,
    isLayerWeight: Bool? = nil, isAuxiliary: Bool = false
  ) {
    self.isAuxiliary = isAuxiliary
    self.isLayerWeight = isLayerWeight ?? isMatrix
    precondition(
      !isMatrix && !self.isLayerWeight || shape.rank >= 2, "\(name) of shape \(shape) is no matrix")
    self.name = name
    self.shape = shape
    self.initializer = initializer
    self.role = role
    self.isMatrix = isMatrix
  }
}

/// A part of a network, defined by its hyperparameters and the names of its parameters. The parameters themselves are
/// in a `Parameters` value, so that one network can run with raw or averaged weights, in single or double precision.
public protocol Layer: Sendable {
  /// The declarations of the layer's parameters, in order.
  var declarations: [ParameterDeclaration] { get }
}

/// A parameter initializer.
public enum Initializer: Sendable, Equatable {
  /// All elements equal.
  case constant(Double)
  /// The same row of values for each output channel.
  case rows([Double])
  /// Uniform in ±bound.
  case uniform(bound: Double)
  /// Every column a cosine of random phase and normally distributed frequency over the rows, mean square 1: rows that are
  /// near each other are similar. `cycles` is the standard deviation of a column's cycles over half of the rows.
  ///
  /// - Source: Rahimi and Recht 2007, algorithm 1: random features of a Gaussian kernel.
  case waves(cycles: Double)
  /// Normal with mean 0.
  case normal(standardDeviation: Double)
  /// The norm of each output channel of a parameter declared earlier, as for weight normalization.
  case norms(of: String)

  /// Uniform in ±1/√(fan in), as for weights and biases of PyTorch's convolutions.
  public static func fanIn(_ inputs: Int) -> Initializer { .uniform(bound: 1 / Double(max(1, inputs)).squareRoot()) }

  /// Normal with standard deviation √(2 / fan), which keeps the variance of signals that pass through ReLUs: with the
  /// number of inputs of an output that of the outputs, with the number of outputs of an input that of the gradients.
  ///
  /// - Source: He et al. 2015, "Delving Deep into Rectifiers", eq. 10 and 14.
  public static func heNormal(fan: Int) -> Initializer {
    .normal(standardDeviation: (2 / Double(max(1, fan))).squareRoot())
  }

  func tensor<S: Scalar>(_ shape: Shape, random: inout Philox, declared: [String: Tensor<S>]) -> Tensor<S> {
    switch self {
    case .constant(let value): return Tensor(shape, repeating: S(value))
    case .rows(let row):
      precondition(shape.count % max(1, row.count) == 0, "rows of \(row.count) numbers do not fill shape \(shape)")
      return Tensor(shape, (0..<shape.count).map { S(row[$0 % row.count]) })
    case .uniform(let bound):
      return Tensor(shape, (0..<shape.count).map { _ in S(bound * (2 * random.uniform() - 1)) })
    case .waves(let cycles):
      let (rows, columns) = (shape[0], shape.count / shape[0])
      let waves = (0..<columns).map { _ in (frequency: cycles * random.normal(), phase: random.uniform()) }
      return Tensor(
        shape,
        (0..<shape.count).map { index in
          let (row, column) = index.quotientAndRemainder(dividingBy: columns)
          let position = Double(2 * row + 1) / Double(rows) - 1
          let turns = waves[column].frequency * position + waves[column].phase
          return S(2.0.squareRoot() * cos(2 * Double.pi * turns))
        })
    case .normal(let deviation): return Tensor(shape, (0..<shape.count).map { _ in S(deviation * random.normal()) })
    case .norms(let name):
      guard let other = declared[name] else { preconditionFailure("\(name) must be declared before its norms") }
      return other.channelNorms.reshaped(shape)
    }
  }
}
