#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The gambler's problem: a capital of 1 to 99 units, a stake on each throw of a coin, and a reward of 1 for reaching
/// 100.
///
/// - Source: Sutton and Barto 2018, example 4.3.
public enum GamblersProblem {
  /// The model. State and action are capital and stake; stakes are at least 1 and lead to 100 at most.
  ///
  /// - Parameter heads: the probability that the stake is won.
  /// - Throws: `ReinforcementFault.setting` for a probability outside [0, 1].
  public static func model(heads: Double = 0.4) throws -> FiniteModel {
    try ReinforcementFault.check("the probability of heads", heads, in: 0...1)
    return try FiniteModel(stateCount: 101, actionCount: 51, terminal: [0, 100]) { capital, stake in
      if stake == 0 || stake > min(capital, 100 - capital) { return [] }
      let won = capital + stake
      return [
        .init(won, reward: won == 100 ? 1 : 0, probability: heads),
        .init(capital - stake, reward: 0, probability: 1 - heads),
      ]
    }
  }
}

/// Jack's car rental: two places with up to 20 cars each, of which up to five are moved overnight for 2 dollars each.
/// Each car rented earns 10 dollars. Requests and returns are Poisson numbers; cars above 20 disappear. The discount of
/// the example is 0.9.
///
/// The sums over requests and returns are exact: what is above the number of cars is one case.
///
/// - Source: Sutton and Barto 2018, example 4.2.
public enum CarRental {
  /// The largest number of cars at a place.
  public static let capacity = 20
  /// The largest number of cars moved in a night.
  public static let mostMoved = 5

  /// The state of so many cars at the two places.
  public static func state(_ first: Int, _ second: Int) -> Int { first * (capacity + 1) + second }

  /// The model. Action a moves a − 5 cars from the first place to the second.
  public static func model() throws -> FiniteModel {
    let (first, second) = (Place(requests: 3, returns: 3), Place(requests: 4, returns: 2))
    let side = capacity + 1
    return try FiniteModel(stateCount: side * side, actionCount: 2 * mostMoved + 1) { state, action in
      let (moved, a, b) = (action - mostMoved, state / side, state % side)
      if moved > a || -moved > b { return [] }
      let (x, y) = (min(a - moved, capacity), min(b + moved, capacity))
      let reward = 10 * (first.rented[x] + second.rented[y]) - 2 * Double(moved.magnitude)
      var outcomes: [FiniteModel.Outcome] = []
      for next in 0..<side {
        for other in 0..<side {
          outcomes.append(
            .init(Self.state(next, other), reward: reward, probability: first.next[x][next] * second.next[y][other]))
        }
      }
      return outcomes
    }
  }

  /// A place: for each number of cars in the morning, the mean number rented and the distribution of the number in the
  /// evening.
  private struct Place {
    var rented: [Double] = []
    var next: [[Double]] = []

    init(requests: Double, returns: Double) {
      for cars in 0...capacity {
        let rents = Self.clipped(requests, at: cars)
        rented.append(zip(0..., rents).reduce(0) { $0 + Double($1.0) * $1.1 })
        var evening = [Double](repeating: 0, count: capacity + 1)
        for (rent, chance) in rents.enumerated() {
          let left = cars - rent
          for (back, other) in Self.clipped(returns, at: capacity - left).enumerated() {
            evening[left + back] += chance * other
          }
        }
        next.append(evening)
      }
    }

    /// The distribution of the smaller of a Poisson number and `most` [0...most].
    static func clipped(_ mean: Double, at most: Int) -> [Double] {
      var (chances, term, rest): ([Double], Double, Double) = ([], exp(-mean), 1)
      for number in 0..<most {
        chances.append(term)
        rest -= term
        term *= mean / Double(number + 1)
      }
      return chances + [max(0, rest)]
    }
  }
}
