import KodamaCore
import KodamaLayers
import KodamaTensors

/// The sizes of a network of AlphaGo, which played Lee Sedol.
public struct LeeArchitecture: Sendable, Equatable {
  /// What a network finds of a position.
  public enum Kind: String, Sendable, CaseIterable {
    /// The probabilities of moves.
    case policy
    /// The value for the player to move.
    case value
  }

  /// What it finds.
  public var kind: Kind
  /// Rows and columns of the board.
  public var board: Int
  /// Convolutions, the first of 5 × 5 and the others of 3 × 3; 12 in the paper, and 11 of the value.
  public var layers: Int
  /// Their channels; 192 in the paper.
  public var channels: Int

  /// Sizes.
  public init(_ kind: Kind, board: Int, layers: Int = 6, channels: Int = 48) {
    (self.kind, self.board, self.layers, self.channels) = (kind, board, layers, channels)
  }

  /// The planes of its input.
  public var planes: Int { kind == .policy ? LeePlanes.count : LeePlanes.valueCount }
  /// The moves: all points and a pass.
  public var moves: Int { board * board + 1 }
}

/// The first layers of the policy and of the value network: convolutions, each followed by ReLU.
private struct LeeTrunk: Layer, Equatable {
  let convolutions: [Convolution]

  init(_ architecture: LeeArchitecture) {
    convolutions = (0..<architecture.layers).map { index in
      .square(
        "conv.\(index)", index == 0 ? architecture.planes : architecture.channels, architecture.channels,
        index == 0 ? 5 : 3, bias: true)
    }
  }

  var declarations: [ParameterDeclaration] { convolutions.flatMap(\.declarations) }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    convolutions.reduce(x) { $1.forward($0, pass).relu() }
  }
}

/// The policy network: convolutions, and a 1 × 1 convolution to one number for each point, with a bias of its own.
///
/// The paper's network never passes. This one has a logit for that, from the means of the last channels.
///
/// - Parameters in checkpoints: `conv.<i>.*`, `points.weight`, `points.bias` [points], `pass.*`.
/// - Source: Silver et al. 2016, "Mastering the game of Go with deep neural networks and tree search", methods.
public struct PolicyNetwork: Layer, Equatable {
  /// The sizes.
  public let architecture: LeeArchitecture
  private let trunk: LeeTrunk
  private let points: Convolution
  private let bias: ParameterDeclaration
  private let pass: Linear

  /// The name of the biases of points.
  static let biasName = "points.bias"

  /// A network.
  public init(_ architecture: LeeArchitecture) {
    self.architecture = architecture
    trunk = LeeTrunk(architecture)
    points = .square("points", architecture.channels, 1, 1, isOutput: true)
    bias = ParameterDeclaration(Self.biasName, [architecture.board * architecture.board], .constant(0))
    pass = Linear("pass", inputs: architecture.channels, outputs: 1, isOutput: true)
  }

  public var declarations: [ParameterDeclaration] {
    trunk.declarations + points.declarations + [bias] + pass.declarations
  }

  /// The logits of all points, row by row from the bottom, and of a pass.
  ///
  /// - Shapes: [B, board, board, 48] → [B, moves].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let parts = parts(x, pass)
    let rows = parts.points.shape[0]
    let points = parts.points.reshaped([rows, architecture.moves - 1]) + pass.parameter(bias.name)
    return .concatenated([points, parts.pass], axis: 1)
  }

  /// The logits of points without their biases, and that of a pass.
  ///
  /// - Shapes: [B, board, board, 48] → [B, board, board, 1] and [B, 1].
  func parts<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> (points: Variable<S>, pass: Variable<S>) {
    let y = trunk.forward(x, pass)
    return (points.forward(y, pass), self.pass.forward(y.globalAverage(), pass))
  }
}

/// The value network: convolutions, one of 1 × 1 to a plane, and two linear layers.
///
/// - Parameters in checkpoints: `conv.<i>.*`, `plane.*`, `hidden.*`, `out.*`.
/// - Source: Silver et al. 2016, methods.
public struct ValueNetwork: Layer, Equatable {
  /// The sizes.
  public let architecture: LeeArchitecture
  private let trunk: LeeTrunk
  private let plane: Convolution
  private let hidden: Convolution
  private let out: Linear

  /// Hidden units before the value; 256 in the paper.
  private static let units = 64

  /// A network.
  public init(_ architecture: LeeArchitecture) {
    self.architecture = architecture
    trunk = LeeTrunk(architecture)
    plane = .square("plane", architecture.channels, 1, 1, bias: true)
    // A linear layer of all points.
    let window = SlidingWindow(architecture.board)
    hidden = Convolution(
      "hidden", ConvolutionGeometry(inputChannels: 1, outputChannels: Self.units, windows: [window, window]))
    out = Linear("out", inputs: Self.units, outputs: 1, isOutput: true)
  }

  public var declarations: [ParameterDeclaration] {
    trunk.declarations + plane.declarations + hidden.declarations + out.declarations
  }

  /// Numbers whose tanh is the value for the player to move.
  ///
  /// - Shapes: [B, board, board, 49] → [B, 1].
  public func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let plane = plane.forward(trunk.forward(x, pass), pass).relu()
    return out.forward(hidden.forward(plane, pass).globalAverage().relu(), pass)
  }
}
