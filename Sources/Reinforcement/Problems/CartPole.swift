import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A pole on a cart that is pushed to the left (action 0) or to the right (action 1). Every step earns 1, the last one
/// too. The episode ends where the pole leans by more than 12° or the cart is more than 2.4 m from the middle.
///
/// Euler's method with steps of 0.02 s; all arithmetic in the order of gymnasium's `CartPole-v1`, without its limit of
/// 500 steps: `TimeLimit(CartPole(), steps: 500)` adds that.
///
/// - Observation: position in m, velocity in m/s, angle in rad, angular velocity in rad/s.
/// - Source: Barto, Sutton and Anderson 1983, "Neuronlike adaptive elements that can solve difficult learning control
///   problems"; equations without friction as in Florian 2007, "Correct equations for the dynamics of the cart-pole
///   system".
public struct CartPole: DiscreteActions, Hashable {
  /// Position, velocity, angle and angular velocity.
  public var state = SIMD4<Double>(repeating: 0)

  /// A pole upright at rest.
  public init() {}

  /// 2: to the left and to the right.
  @inlinable public var actionCount: Int { 2 }

  /// Begins an episode with all four numbers uniform in [−0.05, 0.05).
  @inlinable public mutating func reset(using random: inout Philox) -> SIMD4<Double> {
    for index in 0..<4 { state[index] = random.uniform() * 0.1 - 0.05 }
    return state
  }

  /// Pushes with 10 N for 0.02 s. The reward is 1.
  @inlinable public mutating func step(_ action: Int, using random: inout Philox) -> Transition<SIMD4<Double>> {
    let (gravity, poleMass, totalMass, halfLength, interval) = (9.8, 0.1, 1.1, 0.5, 0.02)
    let poleMoment = poleMass * halfLength
    let force = action == 1 ? 10.0 : -10
    let (x, velocity, angle, spin) = (state.x, state.y, state.z, state.w)
    let (cosine, sine) = (cos(angle), sin(angle))
    let push = (force + poleMoment * (spin * spin) * sine) / totalMass
    let angular =
      (gravity * sine - cosine * push) / (halfLength * (4.0 / 3.0 - poleMass * (cosine * cosine) / totalMass))
    let linear = push - poleMoment * angular * cosine / totalMass
    state = SIMD4(
      x + interval * velocity, velocity + interval * linear, angle + interval * spin, spin + interval * angular)
    let limit = 12 * 2 * Double.pi / 360
    let isOver = state.x < -2.4 || state.x > 2.4 || state.z < -limit || state.z > limit
    return Transition(state, reward: 1, ending: isOver ? .terminal : .none)
  }
}
