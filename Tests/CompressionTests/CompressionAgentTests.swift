import Foundation
import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCompression

/// The choice of forms as an episode, and the agent that learns it.
@Suite struct CompressionAgentTests {
  /// Groups whose cheaper forms lose more, at random.
  private func space(_ groups: Int, _ choices: Int, seed: UInt64, sharings: Bool = false) -> SearchSpace {
    var random = Philox(seed: seed)
    func number(_ limit: Int) -> Double { Double(random.integer(below: limit)) }
    let all = (0..<groups).map { _ in
      [SearchSpace.Choice(bytes: 1000, seconds: 0, loss: 0)]
        + (1..<choices).map { index in
          SearchSpace.Choice(
            bytes: 100 + Int(number(900)), seconds: -1e-7 * number(90), loss: 0.001 * number(50), operand: index % 3)
        }
    }
    return SearchSpace(
      fixedBytes: 77, fixedSeconds: 1e-4, groups: all,
      sharings: sharings ? [.init(first: 0, second: 1, seconds: [1: 3e-6, 2: 1e-6])] : [])
  }

  private func all(_ space: SearchSpace) -> [[Int]] {
    space.groups.reduce([[]]) { chosen, choices in chosen.flatMap { head in choices.indices.map { head + [$0] } } }
  }

  private func agent(_ space: SearchSpace, _ cost: SearchFront.Cost = .bytes, updates: Int, seed: UInt64 = 1) throws
    -> CompressionAgent
  {
    var agent = try CompressionAgent(space, saving: cost, seed: seed)
    for _ in 0..<updates { try agent.practise() }
    return agent
  }

  /// What proposals lose beyond the best choices of all, over budgets.
  private func excess(_ agent: CompressionAgent, _ space: SearchSpace, budgets: [Double]) throws -> [Double] {
    var agent = agent
    let estimates = all(space).map(space.estimate)
    return try budgets.map { budget in
      let best = try #require(estimates.filter { Double($0.bytes) <= budget }.map(\.loss).min())
      let proposal = try agent.propose(within: budget)
      let found = try #require(proposal)
      #expect(Double(found.estimate.bytes) <= budget && found.estimate == space.estimate(found.choices))
      return found.estimate.loss - best
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64]) func theFrontIsNearTheTrueOne(seed: UInt64) throws {
    let space = space(5, 5, seed: seed)
    var trained = try agent(space, updates: 0, seed: seed)
    let rewards = try (0..<CompressionAgent.practice.first).map { _ in try trained.practise() }
    // Of ln(loss) / 4: less than half of the loss.
    let (early, late) = (rewards.prefix(5).reduce(0, +) / 5, rewards.suffix(20).reduce(0, +) / 20)
    #expect(late > early + 0.2, "\(early) \(late)")
    let low = trained.budgets.lowerBound
    let budgets = (0...12).map { low + (trained.budgets.upperBound - low) * Double($0) / 12 }
    let found = try excess(trained, space, budgets: budgets)
    for value in found { #expect(value >= -1e-12 && value <= 0.02, "\(found)") }
    #expect(found.reduce(0, +) / Double(found.count) < 0.005, "\(found)")
  }

  @Test func theFrontOfTimesWithInputsInCommonIsNearTheTrueOne() throws {
    let space = space(4, 6, seed: 4, sharings: true)
    var trained = try agent(space, .seconds, updates: CompressionAgent.practice.first)
    let range = trained.budgets
    let estimates = all(space).map(space.estimate)
    for part in 1...8 {
      let budget = range.lowerBound + (range.upperBound - range.lowerBound) * Double(part) / 8
      let best = try #require(estimates.filter { $0.seconds <= budget }.map(\.loss).min())
      let proposal = try trained.propose(within: budget)
      let found = try #require(proposal)
      #expect(found.estimate.seconds <= budget * (1 + 1e-9))
      // What two groups save together is out of sight until the second is chosen.
      #expect(found.estimate.loss <= best + 0.01, "\(part)")
    }
  }

  @Test func theSameSeedComesToTheSameChoices() throws {
    let space = space(6, 5, seed: 9)
    let found = try ([3, 3, 4] as [UInt64]).map { seed in
      var agent = try agent(space, updates: 20, seed: seed)
      agent.learn([1, 1, 1, 1, 1, 1], loss: 0.3)
      let reward = try agent.practise()
      let choices = try [2000.0, 3000, 4000].map { try agent.propose(within: $0)?.choices }
      return (reward: reward, choices: choices)
    }
    #expect(found[0].reward == found[1].reward && found[0].choices == found[1].choices)
    #expect(found[0].reward != found[2].reward && found[0].reward.isFinite)
  }

  @Test func knownChoicesAreNotProposedAgain() throws {
    let space = space(2, 3, seed: 2)
    var (agent, known) = (try agent(space, updates: 0), Set<[Int]>())
    while let found = try agent.propose(within: 1e6, except: known) {
      let isNew = known.insert(found.choices).inserted
      #expect(isNew)
      try #require(known.count < 10)
    }
    #expect(known.count > 4)
  }

  @Test func measurementsCorrectEstimates() throws {
    let space = space(4, 4, seed: 5)
    var agent = try agent(space, updates: 0)
    let choices = [1, 2, 0, 3]
    let before = space.estimate(choices).loss
    try #require(before > 0)
    func estimate() -> Double { agent.space.estimate(choices).loss }
    agent.learn(choices, loss: 2 * before)
    #expect(abs(estimate() - 1.5 * before) < 1e-12)
    agent.learn(choices, loss: 0)
    #expect(abs(estimate() - 0.75 * before) < 1e-12)
    // Without a loss they count as four times as bad.
    agent.learn(choices, loss: nil)
    #expect(abs(estimate() - 2.5 * 0.75 * before) < 1e-12)
    // Nothing else changes, and what is estimated at 0 stays.
    #expect(agent.space.groups[0][2] == space.groups[0][2] && agent.space.groups[2] == space.groups[2])
    agent.learn([0, 0, 0, 0], loss: 0.5)
    #expect(agent.space.estimate([0, 0, 0, 0]).loss == 0)
  }

  // MARK: Episodes

  @Test func anEpisodeKeepsItsBudgetAndEndsWithItsReward() throws {
    let space = space(6, 5, seed: 7)
    var (episode, random) = (CompressionEpisode(space, saving: .bytes), Philox(seed: 1))
    #expect(episode.actionCount == 5 && episode.budgets.upperBound == 6077)
    for part in 0...20 {
      let range = episode.budgets
      let budget = range.lowerBound + (range.upperBound - range.lowerBound) * Double(part) / 20
      episode.budget = budget
      var observation = episode.reset(using: &random)
      for group in 0..<6 {
        #expect(observation.count == 5 * CompressionEpisode.features && observation.allSatisfy(\.isFinite))
        let action = random.integer(below: 5)
        let isWithinReach = observation[(action + 1) * CompressionEpisode.features - 1] == 1
        let next = episode.step(action, using: &random)
        #expect(isWithinReach == (episode.choices[group] == action))
        #expect(next.isTerminal == (group == 5) && (group == 5 || next.reward == 0))
        if group == 5 {
          let estimate = space.estimate(episode.choices)
          #expect(Double(estimate.bytes) <= budget * (1 + 1e-9))
          #expect(abs(exp(-4 * next.reward) - estimate.loss - 1e-4) < 1e-9)
        }
        observation = next.observation
      }
    }
  }

  @Test func groupsMayHaveFewerForms() throws {
    var space = space(3, 4, seed: 3)
    space.groups[1] = [space.groups[1][0]]
    var (episode, random) = (CompressionEpisode(space, saving: .bytes), Philox(seed: 1))
    episode.budget = 1e6
    _ = episode.reset(using: &random)
    for action in [3, 3, 2] { _ = episode.step(action, using: &random) }
    #expect(episode.choices == [3, 0, 2])
  }

  @Test func actionsAreScoredAlike() throws {
    let (features, actions) = (4, 3)
    let network = ActionScores("a", features: features, actions: actions, hidden: 5)
    let parameters = Parameters<Float>(network.declarations, seed: 2)
    var row = Examples.normals(features * actions)
    for action in 0..<actions { row[(action + 1) * features - 1] = 1 }
    func scores(_ row: [Float]) -> [Float] {
      let pass = Pass(parameters, phase: .inference, workspace: Workspace(workers: .serial))
      return network.forward(pass.tape.constant(Tensor([1, features * actions], row)), pass).value.elements
    }
    let found = scores(row)
    // Another order of the actions is another order of their scores.
    expectClose(
      scores(Array(row[4..<8] + row[0..<4] + row[8..<12])), [found[1], found[0], found[2]], tolerance: 1e-6)
    row[7] = 0
    let less = scores(row)
    #expect(less[1] < found[1] - 15 && abs(less[0] - found[0]) < 1e-6)
  }

  // MARK: Comparisons

  @Test func theHypervolumeIsTheShareOfTheDominatedPlane() {
    var random = Philox(seed: 6)
    for _ in 0..<20 {
      let models = (0..<5).map { _ in
        SearchComparison.Model(
          cost: Double(random.integer(below: 12)), loss: Double(random.integer(below: 12)), foundBy: [])
      }
      // Cells of a grid of 10 by 10 whose lower corner a model dominates.
      let cells = (0..<100).count { cell in
        models.contains { $0.cost <= Double(cell % 10) && $0.loss <= Double(cell / 10) }
      }
      let share = SearchComparison.hypervolume(models, within: (cost: 10, loss: 10))
      #expect(abs(share - Double(cells) / 100) < 1e-12)
    }
    #expect(SearchComparison.hypervolume([], within: (cost: 1, loss: 1)) == 0)
    #expect(SearchComparison.hypervolume([.init(cost: 0, loss: 0, foundBy: [])], within: (cost: 1, loss: 0)) == 0)
  }

  @Test func modelsOfOneSideThatTheOtherBeatsAreCounted() {
    let comparison = SearchComparison(
      [
        .init(cost: 10, loss: 0, foundBy: []), .init(cost: 4, loss: 0.5, foundBy: []),
        .init(cost: 5, loss: 0.3, foundBy: [.greedy]), .init(cost: 5, loss: 0.2, foundBy: [.agent]),
        .init(cost: 6, loss: 0.1, foundBy: [.greedy, .agent]), .init(cost: 7, loss: 0.2, foundBy: [.agent]),
        .init(cost: 3, loss: 7, foundBy: [.agent]),
      ], isSize: true, seed: 3, evaluations: [.greedy: 2, .agent: 4], largestLoss: 1)
    // 5 by 0.3; 7 by 6 and 0.1, which both found.
    #expect(comparison.greedy.beaten == 1 && comparison.agent.beaten == 1 && comparison.lossLimit == 0.5)
    #expect(abs(comparison.greedy.hypervolume - (5 * 0.2 + 4 * 0.2) / 5) < 1e-12)
    #expect(abs(comparison.agent.hypervolume - (5 * 0.3 + 4 * 0.1) / 5) < 1e-12)
    #expect(comparison.text.contains("agent's front covers 38.0 %"), "\(comparison.text)")
  }

  @Test func budgetsComeNearerToATarget() {
    var budgets = AgentBudgets(.bitsPerSampleLost(0.1), 0...8)
    #expect(budgets.next == 4)
    budgets.add(cost: 4, seconds: 4, meets: true)
    #expect(budgets.next == 2)
    budgets.add(cost: 2, seconds: 2, meets: false)
    #expect(budgets.next == 3)
    // A miss above what met the loss is noise.
    budgets.add(cost: 6, seconds: 6, meets: false)
    #expect(budgets.next == 3)
    var speeds = AgentBudgets(.samplesPerSecond(0.25), 0...8)
    #expect(speeds.next == 4)
    speeds.add(cost: 4, seconds: 4.5, meets: false)
    #expect(speeds.next == 3.5)
    speeds.add(cost: 3, seconds: nil, meets: false)
    #expect(speeds.next == 3.5)
    #expect(AgentBudgets(.bytes(70), 0...8).next == 70)
  }

  // MARK: Searches

  private func search(threads: Int = 2) throws -> CompressionSearch {
    let (model, workers) = (Examples.model("kernel 1, one block"), Workers(threads: threads))
    let signals = [500, 300].map { Examples.codes(model.configuration, count: $0, seed: UInt64($0)) }
    return try CompressionSearch(
      model, calibration: Examples.calibration(model, workers: workers), on: signals, workers: workers)
  }

  @Test func theAgentMeasuresAsManyModelsAndTheBestIsChosen() throws {
    let search = try search()
    let limit = search.original.weightBytes * 3 / 5
    let plain = try #require(try search.run(for: .bytes(limit))).report
    let found = try #require(try search.run(for: .bytes(limit), agent: SearchAgent(seed: 2)))
    let (report, comparison) = (found.report, try #require(found.report.comparison))
    #expect(plain.comparison == nil && plain.points.allSatisfy { $0.foundBy == nil })
    #expect(comparison.agent.evaluations == comparison.greedy.evaluations && comparison.agent.evaluations > 3)
    #expect(report.points.contains { $0.foundBy?.contains(.agent) ?? false })
    #expect(report.points.contains { $0.foundBy?.contains(.greedy) ?? false })
    #expect(report.points.allSatisfy { ($0.name == nil) == ($0.foundBy?.isEmpty == false) })
    #expect(report.points.count >= plain.points.count)
    #expect(report.chosen.bytes <= limit)
    #expect(abs(report.chosen.bitsPerSampleLost) <= abs(plain.chosen.bitsPerSampleLost))
    #expect((0...1).contains(comparison.agent.hypervolume) && (0...1).contains(comparison.greedy.hypervolume))
    // Its choices are the same on any threads.
    let again = try #require(try self.search(threads: 3).run(for: .bytes(limit), agent: SearchAgent(seed: 2)))
    #expect(again.model == found.model && again.report.comparison == comparison)
    #expect(again.report.points.map(\.bitsPerSampleLost) == report.points.map(\.bitsPerSampleLost))
  }

  @Test(arguments: [CompressionTarget.bitsPerSampleLost(0.02), .samplesPerSecond(1)])
  func otherTargetsAreMet(target: CompressionTarget) throws {
    let found = try #require(try search().run(for: target, agent: SearchAgent(evaluations: 5)))
    #expect(found.report.comparison?.agent.evaluations == 5 && found.report.comparison?.isSize == false)
    if case .bitsPerSampleLost(let limit) = target {
      #expect(abs(found.report.chosen.bitsPerSampleLost) <= limit)
    } else {
      #expect(found.report.chosen.samplesPerSecond >= 1)
    }
  }

  @Test func practiceCanBeInterrupted() throws {
    var (isPractising, asked) = (false, 0)
    let found = try search().run(
      for: .bitsPerSampleLost(1), agent: SearchAgent(),
      progress: { _, work in isPractising = work.contains("practising") },
      isInterrupted: {
        asked += isPractising ? 1 : 0
        return asked > 2
      })
    #expect(found == nil && asked == 3)
  }
}
