import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Monte Carlo methods on blackjack, held to exact values of its model and to Sutton and Barto's chapter 5.
@Suite struct BlackjackTests {
  /// Sticks on 20 and 21.
  private static let cautious = TabularPolicy(
    actions: (0..<201).map { $0 / 10 % 10 + 12 >= 20 ? 0 : 1 }, actionCount: 2)
  private static let start = Blackjack.state(sum: 13, dealer: 2, usableAce: true)

  /// The lowest sum to stick on by the dealer's card, ace first, as figure 5.2 shows it.
  private static let hard = [17, 13, 13, 12, 12, 12, 17, 17, 17, 17]
  private static let soft = [19, 18, 18, 18, 18, 18, 18, 18, 19, 19]

  @Test func theOptimalPolicyIsThatOfFigure52() throws {
    let solution = try Planner(try Blackjack.model(), discount: 1).valueIteration()
    for usable in [false, true] {
      let lowest = (1...10).map { dealer in
        (12...21).first { solution.actions[Blackjack.state(sum: $0, dealer: dealer, usableAce: usable)] == 0 }!
      }
      #expect(lowest == (usable ? Self.soft : Self.hard), "\(usable)")
      for dealer in 1...10 {
        for sum in lowest[dealer - 1]...21 {
          #expect(solution.actions[Blackjack.state(sum: sum, dealer: dealer, usableAce: usable)] == 0)
        }
      }
    }
  }

  @Test func theModelHasTheValueOfExample54() throws {
    let values = try Planner(try Blackjack.model(), discount: 1).values(of: Self.cautious)
    // The source's estimate is the mean of a hundred million games.
    #expect((values[Self.start] + 0.27726).magnitude < 3e-4, "\(values[Self.start])")
  }

  @Test(arguments: ImportanceWeighting.allCases) func otherPoliciesEpisodesEstimateAState(
    _ weighting: ImportanceWeighting
  ) throws {
    var game = Blackjack(start: .state(Self.start))
    var (random, episode) = (Philox(seed: 12), Episode<Int>())
    let behavior = TabularPolicy(uniform: 2, stateCount: 201)
    var prediction = try OffPolicyPrediction(stateCount: 201, discount: 1, weighting)
    for _ in 0..<300_000 {
      episode.record(&game, following: behavior, using: &random)
      prediction.learn(episode, target: Self.cautious, behavior: behavior)
    }
    let (value, error) = (prediction.values[Self.start], prediction.standardError(Self.start))
    #expect(error < 0.01)
    #expect((value + 0.27726).magnitude < 4 * error, "\(value) ± \(error)")
    #expect(prediction.counts[Self.start] >= 300_000)
  }

  @Test func weightedEstimatesErrLessAtFirst() throws {
    let behavior = TabularPolicy(uniform: 2, stateCount: 201)
    func error(_ weighting: ImportanceWeighting) throws -> Double {
      var sum = 0.0
      for run in 0..<100 {
        var game = Blackjack(start: .state(Self.start))
        var (random, episode) = (Philox(seed: 40, stream: UInt64(run)), Episode<Int>())
        var prediction = try OffPolicyPrediction(stateCount: 201, discount: 1, weighting)
        for _ in 0..<10 {
          episode.record(&game, following: behavior, using: &random)
          prediction.learn(episode, target: Self.cautious, behavior: behavior)
        }
        sum += (prediction.values[Self.start] + 0.27726) * (prediction.values[Self.start] + 0.27726)
      }
      return sum / 100
    }
    let (ordinary, weighted) = (try error(.ordinary), try error(.weighted))
    #expect(weighted < 0.7 * ordinary, "\(weighted) \(ordinary)")
  }

  @Test func predictionFindsTheValuesOfThePolicy() throws {
    let exact = try Planner(try Blackjack.model(), discount: 1).values(of: Self.cautious)
    for visits in Visits.allCases {
      var (game, random, episode) = (Blackjack(start: .anywhere), Philox(seed: 5), Episode<Int>())
      var prediction = try MonteCarloPrediction(stateCount: 201, discount: 1, visits: visits)
      for _ in 0..<400_000 {
        episode.record(&game, following: Self.cautious, using: &random)
        prediction.learn(episode)
      }
      for state in 0..<200 {
        // Rewards are from −1 to 1; five errors for 200 states.
        let error = ((1 - exact[state] * exact[state]) / Double(prediction.counts[state])).squareRoot()
        #expect((prediction.values[state] - exact[state]).magnitude < 5 * error, "state \(state)")
      }
    }
  }

  @Test func exploringStartsFindTheOptimalPolicy() throws {
    let model = try Blackjack.model()
    let best = try Planner(model, discount: 1).valueIteration()
    var (game, random) = (Blackjack(start: .anywhere), Philox(seed: 21))
    var control = try MonteCarloControl(
      stateCount: 201, actionCount: 2, discount: 1, .greedy, hasExploringStarts: true)
    for _ in 0..<2_000_000 { _ = control.playEpisode(&game, using: &random) }
    var decided = 0
    for state in 0..<200 {
      let (stick, hit) = (
        model.value(of: 0, in: state, discount: 1, values: best.values),
        model.value(of: 1, in: state, discount: 1, values: best.values)
      )
      // Means over some 10,000 games do not tell actions apart that differ by less.
      if (stick - hit).magnitude < 0.05 { continue }
      decided += 1
      #expect(control.values.greedyActions[state] == best.actions[state], "state \(state): \(stick) \(hit)")
    }
    #expect(decided > 150)
  }

  @Test func randomGamesTeachAGreedyPolicy() throws {
    let behavior = TabularPolicy(uniform: 2, stateCount: 201)
    var (game, random, episode) = (Blackjack(start: .anywhere), Philox(seed: 22), Episode<Int>())
    var control = try OffPolicyControl(stateCount: 201, actionCount: 2, discount: 1)
    for _ in 0..<1_000_000 {
      episode.record(&game, following: behavior, using: &random)
      control.learn(episode, behavior: behavior)
    }
    let model = try Blackjack.model()
    let (planner, policy) = (try Planner(model, discount: 1), TabularPolicy(actions: control.actions, actionCount: 2))
    let (best, found) = (try planner.valueIteration().values, try planner.values(of: policy))
    let losses = (0..<200).map { best[$0] - found[$0] }
    #expect(losses.nonemptyAllSatisfy { $0 > -1e-9 && $0 < 0.1 })
    #expect(losses.reduce(0, +) / 200 < 0.005)
  }
}
