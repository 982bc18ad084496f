import KodamaReinforcement
import TestSupport
import Testing

/// Values and policies of known models, held to those of Sutton and Barto's chapter 4.
@Suite struct PlannerTests {
  private static let gridValues: [Double] = [
    0, -14, -20, -22, -14, -18, -20, -20, -20, -20, -18, -14, -22, -20, -14, 0,
  ]

  @Test func theRandomPolicyOfTheGridworldHasItsValues() throws {
    let model = try GridWorld.model()
    let values = try Planner(model, discount: 1).values(of: TabularPolicy(uniform: model))
    expectClose(values, Self.gridValues, tolerance: 1e-6)
  }

  @Test func policyAndValueIterationFindTheShortestWays() throws {
    let model = try GridWorld.model()
    let expected = (0..<16).map { state -> Double in
      let steps = state / 4 + state % 4
      return -Double(min(steps, 6 - steps))
    }
    let planner = try Planner(model, discount: 1)
    #expect(try planner.valueIteration().values == expected)
    // A policy that never ends has no values; with a discount it has.
    let error = #expect(throws: ReinforcementFault.self) {
      try Planner(model, discount: 1, maximumSweeps: 100).policyIteration()
    }
    #expect(error.map { "\($0)".contains("lower the discount") } ?? false)
    let short = try Planner(model, discount: 0.9)
    let solution = try short.policyIteration()
    let policy = TabularPolicy(actions: solution.actions, actionCount: 4)
    expectClose(try short.values(of: policy), try short.valueIteration().values, tolerance: 1e-8)
    // Steps to the nearer corner, each −1 and discounted.
    let discounted = expected.map { steps in (0..<Int(-steps)).reduce(0.0) { sum, _ in -1 + 0.9 * sum } }
    expectClose(solution.values, discounted, tolerance: 1e-8)
  }

  @Test func theGamblerPlaysBoldly() throws {
    let p = 0.4
    let solution = try Planner(try GamblersProblem.model(heads: p), discount: 1, tolerance: 1e-13).valueIteration()
    // Staking all, or as much as is missing, is best below a half: v(s) = p v(2 s), else p + (1 − p) v(2 s − 100).
    var bold = (0...100).map { Double($0) / 100 }
    bold[100] = 1
    for _ in 0..<200 {
      for s in 1..<100 { bold[s] = s <= 50 ? p * bold[2 * s] : p + (1 - p) * bold[2 * s - 100] }
    }
    #expect((solution.values[50] - 0.4).magnitude < 1e-9)
    #expect((solution.values[25] - 0.16).magnitude < 1e-9)
    #expect((solution.values[75] - 0.64).magnitude < 1e-9)
    expectClose(solution.values[1..<100], bold[1..<100], tolerance: 1e-9)
    // The stakes of figure 4.3 at its peaks.
    #expect(solution.actions[50] == 50 && solution.actions[25] == 25 && solution.actions[75] == 25)
    // Of equal stakes the smallest: 51 stakes 1.
    #expect(solution.actions[51] == 1 && solution.actions[49] == 1)
    #expect(throws: ReinforcementFault.self) { try GamblersProblem.model(heads: 1.2) }
  }

  /// Held to `rental_golden.py`, which follows the text of the example on its own.
  @Test func carsAreMovedAsInTheExample() throws {
    let model = try CarRental.model()
    // No car is moved at first.
    let solution = try Planner(model, discount: 0.9, tolerance: 1e-7).policyIteration(
      from: [Int](repeating: CarRental.mostMoved, count: 441))
    let moves = (0...20).map { a in (0...20).map { solution.actions[CarRental.state(a, $0)] - CarRental.mostMoved } }
    #expect(moves == CarRentalGolden.moves)
    let ends = [0, 10, 20]
    let values = ends.flatMap { a in ends.map { solution.values[CarRental.state(a, $0)] } }
    expectClose(values, CarRentalGolden.values, tolerance: 1e-7)
    // Figure 4.2 shows four improvements, between five cars one way and four the other.
    #expect(solution.iterations == 4)
    #expect(moves.joined().max() == 5 && moves.joined().min() == -4)
  }

  @Test func policiesOfAnotherSizeAreRefused() throws {
    let planner = try Planner(try GridWorld.model(), discount: 0.5)
    #expect(throws: ReinforcementFault.self) { try planner.values(of: TabularPolicy(uniform: 3, stateCount: 16)) }
    #expect(throws: ReinforcementFault.self) { try planner.policyIteration(from: [0]) }
    #expect(throws: ReinforcementFault.self) { try Planner(try GridWorld.model(), discount: 1, tolerance: 0) }
  }
}
