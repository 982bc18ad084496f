import GoGame
import KodamaCore
import KodamaInference
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a network finds of positions, on any number of threads at once.
public struct ZeroEvaluator: Sendable {
  /// Probabilities of moves and a value.
  public struct Evaluation: Sendable, Equatable {
    /// The logits of all points, row by row from the bottom, and of a pass.
    public let logits: [Float]
    /// The value for the player to move, −1 to 1.
    public let value: Double

    /// The probabilities of some moves, which are possible, by their numbers among the logits.
    public func probabilities(of moves: [Int]) -> [Double] { Softmax.probabilities(logits, of: moves) }
  }

  /// The sizes of the network.
  public let architecture: ZeroArchitecture
  private let engines: MapEngines
  private let symmetries: [Symmetry]

  /// An evaluator with the weights of a model.
  public init(_ model: ZeroModel) { self.init(model.architecture, model.graph) }

  /// An evaluator with the graph of a model, whose weights may have other precisions.
  public init(_ architecture: ZeroArchitecture, _ graph: MapGraph) {
    self.architecture = architecture
    engines = MapEngines(MapProgram(graph))
    symmetries = Symmetry.all(size: architecture.board)
  }

  /// Evaluates a position.
  ///
  /// - Parameters:
  ///   - positions: as of `ZeroPlanes.map`.
  ///   - symmetry: the number of the symmetry in which the network sees the board.
  public func evaluate(_ positions: ArraySlice<[UInt8]>, _ color: Color, symmetry: Int = 0) -> Evaluation {
    let symmetry = symmetries[symmetry]
    let outputs = engines.use { $0.run(ZeroPlanes.map(of: positions, color, symmetry)) }
    return Evaluation(logits: symmetry.undone(outputs[0]), value: tanh(Double(outputs[1][0])))
  }
}

extension ZeroModel {
  /// The network on one position: its outputs are the logits of moves, and the number whose tanh is the value.
  public var graph: MapGraph {
    let (network, board) = (ZeroNetwork(architecture), architecture.board)
    return MapGraph(of: parameters, input: [1, board, board, ZeroPlanes.count]) { x, pass in
      let outputs = network.forward(x, pass)
      return [outputs.moves, outputs.value]
    }
  }
}
