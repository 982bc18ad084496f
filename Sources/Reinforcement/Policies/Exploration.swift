import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How an action is chosen by the estimated values of all.
///
/// Values are entries `first..<first + count` of a table, so that nothing is copied. Among equal values the choice is
/// random.
public enum Exploration: Sendable, Equatable {
  /// Every action with the same probability.
  case random
  /// The action of the largest value.
  case greedy
  /// A random action with probability ε, else the greedy one.
  ///
  /// - Source: Sutton and Barto 2018, §2.2.
  case epsilonGreedy(Schedule)
  /// Each action with a probability proportional to exp(value / temperature).
  ///
  /// - Source: Sutton and Barto 2018, eq. 2.11 and 13.2.
  case softmax(temperature: Schedule)
  /// The largest value + c · √(ln t / N), N being how often the action was taken, t the sum of those; actions that were
  /// never taken first.
  ///
  /// - Source: Sutton and Barto 2018, eq. 2.10.
  case upperConfidence(Double)

  /// Throws `ReinforcementFault.setting` for an ε outside [0, 1], a temperature that is not positive, or a negative c.
  public func check() throws {
    switch self {
    case .random, .greedy: break
    case .epsilonGreedy(let epsilon): try epsilon.check("ε", in: 0...1)
    case .softmax(let temperature):
      try temperature.check("the temperature", in: Double.leastNormalMagnitude...Double.greatestFiniteMagnitude)
    case .upperConfidence(let c):
      try ReinforcementFault.check("c of the upper confidence bound", c, in: 0...Double.greatestFiniteMagnitude)
    }
  }

  /// Whether choices depend on how often actions were taken.
  @inlinable public var needsVisits: Bool {
    if case .upperConfidence = self { true } else { false }
  }

  /// An action in 0..<`count`.
  ///
  /// - Parameters:
  ///   - visits: how often each action was taken, in a table of the form of `values`; read by `upperConfidence` only.
  ///   - step: the step of schedules.
  @inlinable public func action(
    _ values: [Double], at first: Int, count: Int, visits: [Int], step: Int, using random: inout Philox
  ) -> Int {
    switch self {
    case .random: return random.integer(below: count)
    case .greedy: return Self.greedy(values, at: first, count: count, using: &random)
    case .epsilonGreedy(let epsilon):
      if random.uniform() < epsilon.value(atStep: step) { return random.integer(below: count) }
      return Self.greedy(values, at: first, count: count, using: &random)
    case .softmax(let temperature):
      return Self.softmax(
        values, at: first, count: count, temperature: temperature.value(atStep: step), using: &random)
    case .upperConfidence(let c):
      return Self.upperConfidence(values, at: first, count: count, visits: visits, c: c, using: &random)
    }
  }

  /// The action of the largest value, a random one of several.
  @inlinable public static func greedy(
    _ values: [Double], at first: Int, count: Int, using random: inout Philox
  ) -> Int {
    var (best, action, ties) = (values[first], 0, 1)
    for index in 1..<max(1, count) {
      let value = values[first + index]
      if value > best {
        (best, action, ties) = (value, index, 1)
      } else if value == best {
        ties += 1
      }
    }
    if ties == 1 { return action }
    var rest = random.integer(below: ties)
    for index in action..<count where values[first + index] == best {
      if rest == 0 { return index }
      rest -= 1
    }
    return action
  }

  @inlinable static func softmax(
    _ values: [Double], at first: Int, count: Int, temperature: Double, using random: inout Philox
  ) -> Int {
    var largest = values[first]
    for index in 1..<max(1, count) { largest = max(largest, values[first + index]) }
    var total = 0.0
    for index in 0..<count { total += exp((values[first + index] - largest) / temperature) }
    var rest = random.uniform() * total
    for index in 0..<count {
      rest -= exp((values[first + index] - largest) / temperature)
      if rest < 0 { return index }
    }
    return count - 1
  }

  @inlinable static func upperConfidence(
    _ values: [Double], at first: Int, count: Int, visits: [Int], c: Double, using random: inout Philox
  ) -> Int {
    var (total, untried) = (0, 0)
    for index in 0..<count {
      total += visits[first + index]
      if visits[first + index] == 0 { untried += 1 }
    }
    if untried > 0 {
      var rest = random.integer(below: untried)
      for index in 0..<count where visits[first + index] == 0 {
        if rest == 0 { return index }
        rest -= 1
      }
    }
    let logarithm = log(Double(total))
    var (best, action) = (-Double.infinity, 0)
    for index in 0..<count {
      let bound = values[first + index] + c * (logarithm / Double(visits[first + index])).squareRoot()
      if bound > best { (best, action) = (bound, index) }
    }
    return action
  }

  /// The probability of an action, the greedy ones sharing theirs.
  ///
  /// - Precondition: not an upper confidence bound, whose choices are no draws.
  @inlinable public func probability(of action: Int, _ values: [Double], at first: Int, count: Int, step: Int) -> Double
  {
    switch self {
    case .random: return 1 / Double(count)
    case .greedy: return Self.greedyProbability(of: action, values, at: first, count: count)
    case .epsilonGreedy(let schedule):
      let epsilon = schedule.value(atStep: step)
      return epsilon / Double(count)
        + (1 - epsilon) * Self.greedyProbability(of: action, values, at: first, count: count)
    case .softmax(let schedule):
      let temperature = schedule.value(atStep: step)
      var (largest, total) = (values[first], 0.0)
      for index in 1..<max(1, count) { largest = max(largest, values[first + index]) }
      for index in 0..<count { total += exp((values[first + index] - largest) / temperature) }
      return exp((values[first + action] - largest) / temperature) / total
    case .upperConfidence:
      preconditionFailure("an upper confidence bound has no probabilities of actions")
    }
  }

  @inlinable static func greedyProbability(of action: Int, _ values: [Double], at first: Int, count: Int) -> Double {
    var (best, ties) = (values[first], 1)
    for index in 1..<max(1, count) {
      let value = values[first + index]
      if value > best { (best, ties) = (value, 1) } else if value == best { ties += 1 }
    }
    return values[first + action] == best ? 1 / Double(ties) : 0
  }
}
