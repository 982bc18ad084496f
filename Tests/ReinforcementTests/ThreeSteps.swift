import KodamaReinforcement

extension FiniteModel {
  /// A process of at most three steps: from state 0 to 1 or 2, from there to 3 or the end, from 3 to the end.
  static func threeSteps() throws -> FiniteModel {
    try FiniteModel(stateCount: 5, actionCount: 2, terminal: [4], starts: [0]) { state, action in
      switch (state, action) {
      case (0, 0): [.init(1, reward: 1, probability: 0.7), .init(2, reward: -0.5, probability: 0.3)]
      case (0, 1): [.init(2, reward: 0.5)]
      case (1, 0): [.init(3, reward: 2, probability: 0.4), .init(4, reward: -1, probability: 0.6)]
      case (1, 1): [.init(4, reward: 0.25)]
      case (2, 0): [.init(3, reward: -0.75)]
      case (2, 1): [.init(4, reward: 1, probability: 0.5), .init(3, reward: 0, probability: 0.5)]
      case (3, 0): [.init(4, reward: 1.5)]
      default: [.init(4, reward: -2, probability: 0.9), .init(4, reward: 3, probability: 0.1)]
      }
    }
  }
}
