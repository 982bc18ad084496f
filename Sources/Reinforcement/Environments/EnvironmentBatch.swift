import KodamaCore

/// Copies of an environment side by side, each with its own stream of random numbers.
///
/// A copy whose episode ends begins the next one at once. Results depend on the seed only, not on the threads.
public struct EnvironmentBatch<E: Environment>: Sendable {
  /// What an action led to in one copy.
  public struct Result: Sendable {
    /// The transition, with the last observation of an episode that ended.
    public let transition: Transition<E.Observation>
    /// The observation for the next action: the first of a new episode where one ended.
    public let observation: E.Observation
  }

  /// One copy.
  private struct Seat: Sendable {
    var environment: E
    var random: Philox
  }

  private var seats: [Seat]
  private let workers: Workers

  /// `count` copies of an environment. Copy i draws from stream i of the seed.
  ///
  /// - Throws: `ReinforcementFault.setting` for a count below 1.
  public init(_ environment: E, count: Int, seed: UInt64, workers: Workers = .serial) throws {
    try ReinforcementFault.check("the number of environments", count, atLeast: 1)
    seats = (0..<count).map { Seat(environment: environment, random: Philox(seed: seed, stream: UInt64($0))) }
    self.workers = workers
  }

  /// The number of copies.
  public var count: Int { seats.count }

  /// Begins an episode in each copy.
  ///
  /// - Returns: the first observations.
  public mutating func reset() -> [E.Observation] {
    each { seat, _ in seat.environment.reset(using: &seat.random) }
  }

  /// Takes one action in each copy.
  ///
  /// - Precondition: as many actions as copies.
  public mutating func step(_ actions: [E.Action]) -> [Result] {
    precondition(actions.count == seats.count, "\(actions.count) actions for \(seats.count) environments")
    return each { seat, index in
      let transition = seat.environment.step(actions[index], using: &seat.random)
      let observation =
        transition.isLast ? seat.environment.reset(using: &seat.random) : transition.observation
      return Result(transition: transition, observation: observation)
    }
  }

  private mutating func each<R: Sendable>(_ body: @Sendable (inout Seat, Int) -> R) -> [R] {
    seats.withUnsafeMutableBufferPointer { seats in
      // Each part changes its own seat and no other.
      nonisolated(unsafe) let seats = seats
      return workers.map(parts: seats.count) { body(&seats[$0], $0) }
    }
  }
}
