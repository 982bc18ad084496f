import KodamaCore

/// A line of the log of a run: what an iteration did, as numbers.
public struct LearningEntry: Sendable, Equatable {
  /// The number of the iteration.
  public let iteration: Int
  /// The numbers by name, in the order of the log.
  public let values: [Value]

  /// A number with its name.
  public struct Value: Sendable, Equatable {
    /// The name.
    public let name: String
    /// The number.
    public let value: Double
  }

  /// The number of a name; nil where the iteration has none.
  public subscript(name: String) -> Double? { values.first { $0.name == name }?.value }

  init(iteration: Int, _ values: [Value]) { (self.iteration, self.values) = (iteration, values) }

  /// What an iteration did.
  public init(_ report: ZeroLearner.Report) {
    iteration = report.progress.iteration
    let games = Double(max(1, report.games.count))
    let positions = Double(report.games.reduce(0) { $0 + $1.moves.count })
    func share(_ isCounted: (PlayedGame) -> Bool) -> Double { Double(report.games.count(where: isCounted)) / games }
    var values: [(String, Double?)] = [
      ("games", Double(report.progress.games)), ("positions", Double(report.progress.positions)),
      ("seconds", report.progress.seconds), ("elo", report.progress.elo),
      ("bestIteration", Double(report.progress.bestIteration)), ("movesPerGame", positions / games),
      ("blackWins", share { $0.result > 0 }), ("equalScores", share { $0.result == 0 }),
      ("resigned", share(\.hasResigned)), ("resignationLimit", report.progress.resignation),
      ("falseResignations", report.falseResignations), ("policyLoss", report.last.policyLoss),
      ("policyEntropy", report.last.entropy), ("valueLoss", report.last.valueLoss), ("learningRate", report.rate),
      ("steps", Double(report.steps)), ("playSeconds", report.playSeconds), ("stepSeconds", report.stepSeconds),
      ("matchSeconds", report.matchSeconds),
    ]
    if let match = report.match {
      values += [
        ("matchShare", match.share), ("matchWon", Double(match.won)), ("matchLost", Double(match.lost)),
        ("matchDrawn", Double(match.drawn)),
      ]
    }
    self.values = values.compactMap { name, value in value.map { Value(name: name, value: $0) } }
  }

  /// The line; a number that is not finite is left out.
  var json: JSON {
    let members = values.filter(\.value.isFinite).map { JSON.Member($0.name, JSON(shortest: $0.value)) }
    return JSON.object([.init("iteration", JSON(iteration))] + members)
  }

  /// Reads a line; nil for one that is none.
  init?(_ json: JSON) {
    guard let iteration = json["iteration"]?.integer, iteration > 0 else { return nil }
    self.iteration = iteration
    values = (json.members ?? []).compactMap { member in
      member.key == "iteration" ? nil : member.value.double.map { Value(name: member.key, value: $0) }
    }
  }
}
