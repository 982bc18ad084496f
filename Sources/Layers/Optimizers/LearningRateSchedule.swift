#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The learning rate of each step.
public struct LearningRateSchedule: Sendable, Equatable {
  /// How the rate decays after the warm-up.
  public enum Decay: Sendable, Equatable {
    /// Constant.
    case constant
    /// Multiplied by `factor` after every `interval` steps.
    case step(interval: Int, factor: Double)
    /// Multiplied by `factor` over every `interval` steps, smoothly.
    case exponential(interval: Int, factor: Double)
    /// Decays along half a cosine to `final` times the peak at `total` steps, then stays constant.
    ///
    /// - Source: Loshchilov and Hutter 2017, eq. 5, without restarts.
    case cosine(total: Int, final: Double)
  }

  /// The peak rate.
  public let peak: Double
  /// Steps over which the rate rises linearly from 0 to its peak; 0 for none.
  public let warmUpSteps: Int
  /// The decay after the warm-up.
  public let decay: Decay

  /// A schedule.
  public init(peak: Double, warmUpSteps: Int = 0, decay: Decay = .constant) {
    self.peak = peak
    self.warmUpSteps = max(0, warmUpSteps)
    self.decay = decay
  }

  /// The rate of a step, counted from 0.
  public func rate(atStep step: Int) -> Double {
    if step < warmUpSteps { return peak * Double(step + 1) / Double(warmUpSteps) }
    let elapsed = Double(step - warmUpSteps)
    switch decay {
    case .constant: return peak
    case .step(let interval, let factor): return peak * pow(factor, (elapsed / Double(interval)).rounded(.down))
    case .exponential(let interval, let factor): return peak * pow(factor, elapsed / Double(interval))
    case .cosine(let total, let final):
      let share = min(1, elapsed / Double(max(1, total - warmUpSteps)))
      return peak * (final + (1 - final) * (1 + cos(Double.pi * share)) / 2)
    }
  }
}
