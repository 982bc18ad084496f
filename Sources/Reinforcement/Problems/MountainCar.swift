import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A car in a valley whose engine is too weak for the slope. Actions 0, 1 and 2 accelerate backward, not, and forward.
/// Every step costs 1; the episode ends at position 0.5.
///
///     velocity ← velocity + 0.001 · (action − 1) − 0.0025 · cos(3 · position), within ±0.07
///     position ← position + velocity, from −1.2 on, where the car stops
///
/// - Observation: position and velocity.
/// - Source: Sutton and Barto 2018, example 10.1.
public struct MountainCar: DiscreteActions, Hashable {
  /// The least and the largest observations.
  public static let low = SIMD2(-1.2, -0.07), high = SIMD2(0.5, 0.07)

  /// Position and velocity.
  public var state = SIMD2<Double>(-0.5, 0)

  /// A car at rest in the valley.
  public init() {}

  /// 3: backward, none and forward.
  @inlinable public var actionCount: Int { 3 }

  /// Begins at rest, at a position uniform in [−0.6, −0.4).
  @inlinable public mutating func reset(using random: inout Philox) -> SIMD2<Double> {
    state = SIMD2(-0.6 + 0.2 * random.uniform(), 0)
    return state
  }

  /// Accelerates for one step. The reward is −1.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<SIMD2<Double>> {
    var velocity = state.y + 0.001 * Double(action - 1) - 0.0025 * cos(3 * state.x)
    velocity = min(0.07, max(-0.07, velocity))
    var position = state.x + velocity
    if position < -1.2 { (position, velocity) = (-1.2, 0) }
    state = SIMD2(min(0.5, position), velocity)
    return Transition(state, reward: -1, ending: position >= 0.5 ? .terminal : .none)
  }
}
