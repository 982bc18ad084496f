import KodamaCore
import KodamaLayers
import KodamaNetworks
import KodamaTensors

/// The sizes of an AlphaGo Zero network, and what its values tell of.
public struct ZeroArchitecture: Sendable, Equatable {
  /// Rows and columns of the board.
  public var board: Int
  /// Residual blocks; 19 in the paper, or 39.
  public var blocks: Int
  /// Channels of the blocks; 256 in the paper.
  public var channels: Int
  /// Hidden units before the value; 256 in the paper.
  public var valueUnits: Int
  /// The share of the score in what the values tell of (`SearchPosition.Settings`); none in the paper.
  public var scoreWeight: Double

  /// Sizes.
  public init(board: Int, blocks: Int = 4, channels: Int = 32, valueUnits: Int = 64, scoreWeight: Double = 0) {
    (self.board, self.blocks, self.channels, self.valueUnits) = (board, blocks, channels, valueUnits)
    self.scoreWeight = scoreWeight
  }

  /// The moves: all points and a pass.
  public var moves: Int { board * board + 1 }
}

/// AlphaGo Zero's network: a convolution and residual blocks, whose output two heads share, one for the probabilities of
/// moves and one for the value of the position.
///
/// The linear layers of the heads are convolutions whose kernel is as large as the board, which is the same; so weights are
/// stored as [O, I, board, board].
///
/// - Parameters in checkpoints: `stem.*`, `blocks.<i>.*`, `policy.*`, `value.*`.
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", methods. There are fewer and narrower
///   blocks here.
public struct ZeroNetwork: Layer, Equatable {
  /// The sizes.
  public let architecture: ZeroArchitecture
  private let stem: Convolution
  private let stemNormalization: BatchNormalization
  private let blocks: [ResidualBlock]
  private let (policy, value): (Head, Head)
  private let lastValue: Linear

  /// A 1 × 1 convolution, normalized, and a linear layer of all its numbers.
  private struct Head: Layer, Equatable {
    let convolution: Convolution
    let normalization: BatchNormalization
    let linear: Convolution

    init(_ path: String, channels: Int, planes: Int, board: Int, outputs: Int, isOutput: Bool) {
      convolution = .square(path + ".conv", channels, planes, 1)
      normalization = BatchNormalization(path + ".bn", channels: planes)
      let window = SlidingWindow(board)
      linear = Convolution(
        path + ".fc",
        ConvolutionGeometry(inputChannels: planes, outputChannels: outputs, windows: [window, window]),
        isOutput: isOutput)
    }

    var declarations: [ParameterDeclaration] {
      convolution.declarations + normalization.declarations + linear.declarations
    }

    /// - Shapes: [B, board, board, channels] → [B, outputs].
    func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
      let planes = normalization.forward(convolution.forward(x, pass), pass, activation: .relu)
      // The mean over the one position that is left.
      return linear.forward(planes, pass).globalAverage()
    }
  }

  /// A network.
  public init(_ architecture: ZeroArchitecture) {
    self.architecture = architecture
    let (board, channels) = (architecture.board, architecture.channels)
    stem = .square("stem.conv", ZeroPlanes.count, channels, 3)
    stemNormalization = BatchNormalization("stem.bn", channels: channels)
    blocks = (0..<architecture.blocks).map {
      ResidualBlock(
        "blocks.\($0)", .basic, .original, .projection, inputs: channels, width: channels, outputs: channels, stride: 1)
    }
    policy = Head(
      "policy", channels: channels, planes: 2, board: board, outputs: architecture.moves, isOutput: true)
    value = Head(
      "value", channels: channels, planes: 1, board: board, outputs: architecture.valueUnits, isOutput: false)
    lastValue = Linear("value.out", inputs: architecture.valueUnits, outputs: 1, isOutput: true)
  }

  public var declarations: [ParameterDeclaration] {
    stem.declarations + stemNormalization.declarations + blocks.flatMap(\.declarations) + policy.declarations
      + value.declarations + lastValue.declarations
  }

  /// The logits of all moves, and numbers whose tanh is the value for the player to move.
  ///
  /// - Shapes: [B, board, board, planes] → [B, moves] and [B, 1].
  public func forward<S: Scalar>(
    _ x: Variable<S>, _ pass: Pass<S>
  ) -> (moves: Variable<S>, value: Variable<S>) {
    var y = stemNormalization.forward(stem.forward(x, pass), pass, activation: .relu)
    for block in blocks { y = block.forward(y, pass) }
    return (policy.forward(y, pass), lastValue.forward(value.forward(y, pass).relu(), pass))
  }
}
