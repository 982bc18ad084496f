import KodamaCore

/// Copies of an environment side by side, each with one episode.
struct OpenEpisodes<E: Environment> {
  private struct Seat {
    var environment: E
    var random: Philox
    let episode: Int

    mutating func reset() -> E.Observation { environment.reset(using: &random) }
    mutating func step(_ action: E.Action) -> Transition<E.Observation> { environment.step(action, using: &random) }
  }

  private var seats: [Seat]
  /// The observations for the next actions of the episodes that go on.
  private(set) var observations: [E.Observation]

  /// Begins `count` episodes, of which number i draws from stream `firstStream` + i of the seed.
  init(_ environment: E, count: Int, seed: UInt64, firstStream: UInt64 = 0) {
    seats = (0..<count).map {
      Seat(environment: environment, random: Philox(seed: seed, stream: firstStream + UInt64($0)), episode: $0)
    }
    observations = []
    for index in seats.indices { observations.append(seats[index].reset()) }
  }

  /// The numbers of the episodes that go on.
  var numbers: [Int] { seats.map { $0.episode } }

  /// Takes one action in each episode that goes on.
  ///
  /// - Parameter goesOn: called with each episode and what followed; whether an episode that has not ended goes on.
  /// - Throws: `ReinforcementFault.stepReward` for a reward that is not finite.
  mutating func step(
    _ actions: [E.Action], goesOn: (_ episode: Int, _ next: Transition<E.Observation>) -> Bool
  ) throws {
    precondition(actions.count == seats.count, "\(actions.count) actions for \(seats.count) episodes")
    var open: [Int] = []
    for index in seats.indices {
      let next = seats[index].step(actions[index])
      try ReinforcementFault.check(reward: next.reward)
      observations[index] = next.observation
      if goesOn(seats[index].episode, next) && !next.isLast { open.append(index) }
    }
    if open.count < seats.count {
      observations = open.map { observations[$0] }
      seats = open.map { seats[$0] }
    }
  }
}

extension EpisodeTotals {
  /// Plays one episode in each of several copies of an environment side by side.
  ///
  /// - Parameters:
  ///   - count: the number of episodes.
  ///   - seed: copy i draws from stream i of it.
  ///   - maximumSteps: where an episode that goes on is cut off.
  ///   - actions: the actions for the observations of the episodes that still go on.
  /// - Throws: `ReinforcementFault` for a count below 1 or a reward that is not finite, and the errors of `actions`.
  public static func episodes<E: Environment>(
    of environment: E, count: Int, seed: UInt64, maximumSteps: Int = .max,
    actions: (_ observations: [E.Observation]) throws -> [E.Action]
  ) throws -> [EpisodeTotals] {
    try ReinforcementFault.check("the number of episodes", count, atLeast: 1)
    try ReinforcementFault.check("the largest number of steps", maximumSteps, atLeast: 1)
    var totals = [EpisodeTotals](repeating: EpisodeTotals(), count: count)
    var open = OpenEpisodes(environment, count: count, seed: seed)
    while !open.observations.isEmpty {
      try open.step(try actions(open.observations)) { episode, next in
        totals[episode].reward += next.reward
        totals[episode].steps += 1
        return totals[episode].steps < maximumSteps
      }
    }
    return totals
  }
}
