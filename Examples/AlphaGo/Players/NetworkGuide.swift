import GoGame
import GoNetworks
import KodamaCore
import KodamaReinforcement

/// A network of AlphaGo Zero as the guide of tree search. It sees each position in a random one of the eight symmetries.
///
/// - Source: Silver et al. 2017, "Mastering the game of Go without human knowledge", methods.
public struct NetworkGuide: PlayerGuide {
  public static let playerName = "Kodama Zero"
  /// The network.
  public let network: ZeroEvaluator

  /// A guide.
  public init(_ network: ZeroEvaluator) { self.network = network }

  public var boardSize: Int? { network.architecture.board }
  public var scoreWeight: Double { network.architecture.scoreWeight }

  public func evaluate(_ state: SearchPosition, priors: inout [Double], using random: inout Philox) -> Double {
    let symmetry = random.integer(below: Symmetry.count)
    let found = network.evaluate(state.recent[...], state.color, symmetry: symmetry)
    for (index, prior) in found.probabilities(of: state.outputs).enumerated() { priors[index] = prior }
    return found.value
  }
}

/// Tree search that a network of AlphaGo Zero guides: PUCT.
public typealias ZeroSearch = TreeSearch<NetworkGuide>
/// Plays as AlphaGo Zero does.
public typealias ZeroPlayer = GuidedPlayer<NetworkGuide>

extension GuidedPlayer where Guide == NetworkGuide {
  /// A player; the same seed plays the same games where no time ends a search.
  ///
  /// - Throws: `GoFault.setting` for settings outside their ranges.
  public init(
    _ network: ZeroEvaluator, _ settings: SearchSettings = SearchSettings(), seed: UInt64 = 1,
    workers: Workers = .serial
  ) throws {
    try self.init(NetworkGuide(network), settings, seed: seed, workers: workers)
  }
}
