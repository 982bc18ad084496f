/// What found a model of a search.
public enum ModelSearcher: String, Sendable, Codable, CaseIterable {
  /// The greedy search.
  case greedy
  /// The agent.
  case agent

  /// For people.
  package var name: String {
    switch self {
    case .greedy: "greedy search"
    case .agent: "agent"
    }
  }
}

/// How an agent chooses forms beside the greedy search.
public struct SearchAgent: Sendable, Equatable {
  /// The seed of its policy and of its episodes.
  public var seed: UInt64
  /// The models that it measures whole; nil for as many as the greedy search measured.
  public var evaluations: Int?

  /// An agent.
  public init(seed: UInt64 = 1, evaluations: Int? = nil) { (self.seed, self.evaluations) = (seed, evaluations) }
}

/// The models of an agent beside those of the greedy search, by their cost and their loss. Keys as in JSON.
///
/// Models of one precision belong to both.
public struct SearchComparison: Sendable, Equatable, Codable {
  /// The models of one of both.
  public struct Side: Sendable, Equatable, Codable {
    /// Models measured whole, those of one precision not counted.
    public let evaluations: Int
    /// The share of the plane of cost and loss that its front dominates, 0 to 1: of costs up to the original's, and of losses
    /// up to `lossLimit`.
    public let hypervolume: Double
    /// Its models that one of the other side beats: that costs no more, loses no more, and is better in one of both.
    public let beaten: Int
  }

  /// The seed of the agent.
  public let seed: UInt64
  /// Whether costs are bytes, else seconds of a sample.
  public let isSize: Bool
  /// The largest loss that counts, in bits per sample.
  public let lossLimit: Double
  /// The greedy search.
  public let greedy: Side
  /// The agent.
  public let agent: Side

  /// In words.
  public var text: String {
    func share(_ side: Side) -> String { "\((side.hypervolume * 1000).rounded() / 10) %" }
    let cost = isSize ? "bytes" : "time"
    return "over \(cost) and loss the agent's front covers \(share(agent)) of the plane, the greedy search's "
      + "\(share(greedy)); of \(agent.evaluations) models of the agent the greedy search beats \(agent.beaten), of "
      + "\(greedy.evaluations) of the greedy search the agent \(greedy.beaten)"
  }

  /// A model by its cost and the size of its loss.
  struct Model: Equatable {
    let cost: Double
    let loss: Double
    /// What found it; nothing for one of both.
    let foundBy: Set<ModelSearcher>

    func beats(_ other: Model) -> Bool {
      cost <= other.cost && loss <= other.loss && (cost < other.cost || loss < other.loss)
    }
  }

  /// - Parameters:
  ///   - models: the original first.
  ///   - largestLoss: that counts.
  init(_ models: [Model], isSize: Bool, seed: UInt64, evaluations: [ModelSearcher: Int], largestLoss: Double) {
    let shown = models.map(\.loss).filter { $0 <= largestLoss }
    let limit = shown.max() ?? 0
    func side(_ searcher: ModelSearcher) -> Side {
      let other: ModelSearcher = searcher == .greedy ? .agent : .greedy
      func isOf(_ searcher: ModelSearcher, _ model: Model) -> Bool {
        model.foundBy.isEmpty || model.foundBy.contains(searcher)
      }
      let rivals = models.filter { isOf(other, $0) }
      return Side(
        evaluations: evaluations[searcher] ?? 0,
        hypervolume: Self.hypervolume(
          models.filter { isOf(searcher, $0) }, within: (cost: models.first?.cost ?? 0, loss: limit)),
        beaten: models.count { model in
          model.foundBy.contains(searcher) && rivals.contains { $0.beats(model) }
        })
    }
    (self.seed, self.isSize, lossLimit) = (seed, isSize, limit)
    (greedy, agent) = (side(.greedy), side(.agent))
  }

  /// The share of a rectangle from 0 to a corner in which some model is better than every point.
  ///
  /// - Source: Zitzler and Thiele 1999, "Multiobjective evolutionary algorithms", the S metric.
  static func hypervolume(_ models: [Model], within corner: (cost: Double, loss: Double)) -> Double {
    if !(corner.cost > 0 && corner.loss > 0) { return 0 }
    var (area, least) = (0.0, corner.loss)
    for model in models.sorted(by: { ($0.cost, $0.loss) < ($1.cost, $1.loss) })
    where model.cost < corner.cost && model.loss < least {
      area += (corner.cost - model.cost) * (least - model.loss)
      least = model.loss
    }
    return area / (corner.cost * corner.loss)
  }
}
