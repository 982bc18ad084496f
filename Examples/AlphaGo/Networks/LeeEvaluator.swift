import GoGame
import KodamaCore
import KodamaInference
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a policy or a value network finds of positions, on any number of threads at once.
public struct LeeEvaluator: Sendable {
  /// The sizes of the network.
  public let architecture: LeeArchitecture
  private let engines: MapEngines
  private let symmetries: [Symmetry]
  /// The biases of points; empty of a value network.
  private let bias: [Float]

  /// An evaluator with the weights of a model.
  public init(_ model: LeeModel) {
    architecture = model.architecture
    let board = architecture.board
    let graph = MapGraph(of: model.parameters, input: [1, board, board, architecture.planes]) { x, pass in
      switch model.architecture.kind {
      case .policy:
        let parts = PolicyNetwork(model.architecture).parts(x, pass)
        return [parts.points, parts.pass]
      case .value: return [ValueNetwork(model.architecture).forward(x, pass)]
      }
    }
    engines = MapEngines(MapProgram(graph))
    symmetries = Symmetry.all(size: board)
    bias = architecture.kind == .policy ? model.parameters[PolicyNetwork.biasName].elements : []
  }

  /// The logits of all points, row by row from the bottom, and of a pass.
  ///
  /// - Parameter symmetry: the number of the symmetry in which the network sees the board.
  /// - Precondition: a policy network of the board's size.
  public func logits(
    _ board: Board, _ features: [MoveFeatures], _ ages: StoneAges, _ color: Color, symmetry: Int = 0
  ) -> [Float] {
    precondition(architecture.kind == .policy && board.size == architecture.board, "no policy for this board")
    let symmetry = symmetries[symmetry]
    let outputs = engines.use { $0.run(LeePlanes.map(of: board, features, ages, color, symmetry)) }
    return symmetry.undone(zip(outputs[0], bias).map(+) + outputs[1])
  }

  /// The value for the player to move, −1 to 1.
  ///
  /// - Precondition: a value network of the board's size.
  public func value(
    _ board: Board, _ features: [MoveFeatures], _ ages: StoneAges, _ color: Color, symmetry: Int = 0
  ) -> Double {
    precondition(architecture.kind == .value && board.size == architecture.board, "no value for this board")
    let map = LeePlanes.map(of: board, features, ages, color, symmetries[symmetry], forValue: true)
    return tanh(Double(engines.use { $0.run(map) }[0][0]))
  }
}
