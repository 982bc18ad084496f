/// Values and policies computed from a known model by sweeps over its states, each using the newest values.
///
/// - Source: Sutton and Barto 2018, §4.1 to 4.4.
public struct Planner: Sendable {
  /// The model.
  public let model: FiniteModel
  /// The discount γ.
  public let discount: Double
  /// The largest change of a value in the last sweep.
  public let tolerance: Double
  /// The number of sweeps after which convergence is given up.
  public let maximumSweeps: Int

  /// A planner.
  ///
  /// - Throws: `ReinforcementFault.discount` for a discount outside [0, 1], `ReinforcementFault.setting` for a tolerance
  ///   that is not positive or fewer sweeps than 1.
  public init(_ model: FiniteModel, discount: Double, tolerance: Double = 1e-9, maximumSweeps: Int = 100_000) throws {
    try ReinforcementFault.check(discount: discount)
    try ReinforcementFault.check(positive: "the tolerance", tolerance)
    try ReinforcementFault.check("the number of sweeps", maximumSweeps, atLeast: 1)
    (self.model, self.discount, self.tolerance, self.maximumSweeps) = (model, discount, tolerance, maximumSweeps)
  }

  /// Values, and how they were found.
  public struct Solution: Sendable {
    /// The values of the states.
    public let values: [Double]
    /// An action that is best by these values in each state, 0 in terminal ones.
    public let actions: [Int]
    /// Sweeps over the states, or for policy iteration the improvements of the policy.
    public let iterations: Int
  }

  /// Sweeps until no value changes by more than the tolerance.
  private func sweep(_ values: inout [Double], update: (Int, [Double]) -> Double) throws -> Int {
    var change = Double.infinity
    for count in 1...maximumSweeps {
      change = 0
      for state in values.indices where !model.isTerminal[state] {
        let new = update(state, values)
        let difference = (new - values[state]).magnitude
        // A value that is not a number must not count as converged.
        if !(difference <= change) && !change.isNaN { change = difference }
        values[state] = new
      }
      if change <= tolerance { return count }
    }
    throw ReinforcementFault.noConvergence(sweeps: maximumSweeps, change: change)
  }

  /// The values of a policy.
  ///
  /// - Throws: `ReinforcementFault.size` for a policy of other states or actions, `ReinforcementFault.noConvergence`
  ///   where values do not converge.
  /// - Source: Sutton and Barto 2018, §4.1, iterative policy evaluation.
  public func values(of policy: TabularPolicy) throws -> [Double] {
    let expected = model.stateCount * model.actionCount
    if policy.actionCount != model.actionCount || policy.stateCount != model.stateCount {
      throw ReinforcementFault.size(
        table: "the table of the policy", count: policy.probabilities.count, expected: expected)
    }
    var values = [Double](repeating: 0, count: model.stateCount)
    _ = try sweep(&values) { state, values in
      var sum = 0.0
      for action in 0..<model.actionCount {
        let share = policy.probability(of: action, for: state)
        if share > 0 { sum += share * model.value(of: action, in: state, discount: discount, values: values) }
      }
      return sum
    }
    return values
  }

  /// The action of the largest value, and that value. An earlier action is taken of those that differ by rounding only.
  private func best(in state: Int, _ values: [Double], rounding: Double = 0) -> (action: Int, value: Double) {
    var (best, action) = (-Double.infinity, 0)
    for candidate in 0..<model.actionCount where model.isAvailable(candidate, in: state) {
      let value = model.value(of: candidate, in: state, discount: discount, values: values)
      if value > best + rounding { (best, action) = (value, candidate) }
    }
    return (action, best)
  }

  /// An action of the largest value in each state, the first of those whose values differ by less than `rounding`; 0 in
  /// terminal states.
  public func greedyActions(_ values: [Double], rounding: Double = 1e-9) -> [Int] {
    values.indices.map { model.isTerminal[$0] ? 0 : best(in: $0, values, rounding: rounding).action }
  }

  /// Policy iteration: evaluates a policy and makes it greedy, until it no longer changes.
  ///
  /// - Parameter first: the action of each state at first; the first available one by default.
  /// - Throws: `ReinforcementFault.noConvergence` where a policy's values do not converge, and
  ///   `ReinforcementFault.size` for another number of first actions.
  /// - Source: Sutton and Barto 2018, §4.3; an action is replaced only by one that is better by more than the tolerance,
  ///   so that equal policies do not alternate.
  public func policyIteration(from first: [Int]? = nil) throws -> Solution {
    if let first, first.count != model.stateCount {
      throw ReinforcementFault.size(table: "the first policy", count: first.count, expected: model.stateCount)
    }
    var actions =
      first
      ?? (0..<model.stateCount).map { state in
        (0..<model.actionCount).first { model.isAvailable($0, in: state) } ?? 0
      }
    var values = [Double](repeating: 0, count: model.stateCount)
    for iteration in 0... {
      _ = try sweep(&values) { state, values in
        model.value(of: actions[state], in: state, discount: discount, values: values)
      }
      var isStable = true
      for state in values.indices where !model.isTerminal[state] {
        let old = model.value(of: actions[state], in: state, discount: discount, values: values)
        let (action, value) = best(in: state, values)
        // What sweeps leave open is at most the tolerance over 1 − discount; with a discount of 1 it is small too.
        if value > old + 100 * tolerance {
          actions[state] = action
          isStable = false
        }
      }
      if isStable { return Solution(values: values, actions: actions, iterations: iteration) }
    }
    preconditionFailure("the loop over improvements has no end")
  }

  /// Value iteration.
  ///
  /// - Throws: `ReinforcementFault.noConvergence` where values do not converge.
  /// - Source: Sutton and Barto 2018, §4.4.
  public func valueIteration() throws -> Solution {
    var values = [Double](repeating: 0, count: model.stateCount)
    let sweeps = try sweep(&values) { best(in: $0, $1).value }
    return Solution(values: values, actions: greedyActions(values), iterations: sweeps)
  }
}
