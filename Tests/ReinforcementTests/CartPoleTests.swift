import KodamaCore
import KodamaReinforcement
import TestSupport
import Testing

/// Held to gymnasium's CartPole-v1; `cartpole_golden.py` beside this file wrote its steps.
@Suite struct CartPoleTests {
  @Test func everyStepEqualsGymnasium() throws {
    #expect(CartPoleGolden.episodes.count == 5)
    var random = Philox(seed: 0)
    for episode in CartPoleGolden.episodes {
      try #require(episode.states.count == episode.actions.count + 1)
      var whole = CartPole()
      whole.state = SIMD4(episode.states[0])
      for (step, action) in episode.actions.enumerated() {
        // From gymnasium's state, and as one trajectory.
        var single = CartPole()
        single.state = SIMD4(episode.states[step])
        let next = single.step(action, using: &random)
        let following = whole.step(action, using: &random)
        expectClose((0..<4).map { next.observation[$0] }, episode.states[step + 1], tolerance: 1e-14, floor: 1)
        expectClose((0..<4).map { following.observation[$0] }, episode.states[step + 1], tolerance: 1e-12, floor: 1)
        #expect(next.reward == 1)
        let isLast = step == episode.actions.count - 1
        #expect(next.ending == (isLast && episode.isTerminal ? .terminal : .none), "step \(step)")
      }
    }
  }

  @Test func episodesBeginNearTheMiddleAndEndAtTheLimit() throws {
    var pole = try TimeLimit(CartPole(), steps: 500)
    var random = Philox(seed: 3)
    var sums = SIMD4<Double>(repeating: 0)
    for _ in 0..<1000 {
      let state = pole.reset(using: &random)
      #expect((0..<4).allSatisfy { state[$0] >= -0.05 && state[$0] < 0.05 })
      sums += state
    }
    // Five standard errors of the mean of a uniform number of width 0.1.
    let limit = 5 * 0.1 / 12.0.squareRoot() / 1000.0.squareRoot()
    #expect((0..<4).allSatisfy { (sums[$0] / 1000).magnitude < limit })
    // A controller that keeps the pole up is cut off after 500 steps.
    var state = pole.reset(using: &random)
    for step in 1...500 {
      let push = 0.1 * state.x + 0.3 * state.y + 2 * state.z + state.w > 0 ? 1 : 0
      let next = pole.step(push, using: &random)
      #expect(next.ending == (step == 500 ? .truncated : .none))
      state = next.observation
    }
  }
}
