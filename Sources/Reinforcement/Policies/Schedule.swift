#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number that changes with the steps of learning, such as ε, a temperature or a step size.
public enum Schedule: Sendable, Equatable {
  /// The same at every step.
  case constant(Double)
  /// From `first` to `last` in equal parts over `steps` steps, then `last`.
  case linear(from: Double, to: Double, steps: Int)
  /// `first` · `factor`^step, not below `least`.
  case exponential(from: Double, factor: Double, least: Double)
  /// `first` / (1 + step / `steps`): its sum diverges and the sum of its squares does not, as stochastic approximation
  /// needs it.
  ///
  /// - Source: Sutton and Barto 2018, eq. 2.7.
  case harmonic(from: Double, steps: Double)

  /// The number at a step, counted from 0.
  @inlinable public func value(atStep step: Int) -> Double {
    switch self {
    case .constant(let value): value
    case .linear(let first, let last, let steps):
      step >= steps ? last : first + (last - first) * Double(step) / Double(steps)
    case .exponential(let first, let factor, let least): max(least, first * pow(factor, Double(step)))
    case .harmonic(let first, let steps): first / (1 + Double(step) / steps)
    }
  }

  /// Throws unless every number of the schedule is in a range.
  package func check(_ name: String, in range: ClosedRange<Double>) throws {
    let (ends, rates): ([Double], [Double]) =
      switch self {
      case .constant(let value): ([value], [])
      case .linear(let first, let last, let steps): ([first, last], [Double(steps)])
      case .exponential(let first, let factor, let least): ([first, least], [factor])
      case .harmonic(let first, let steps): ([first], [steps])
      }
    for end in ends { try ReinforcementFault.check(name, end, in: range) }
    for rate in rates { try ReinforcementFault.check(positive: "the rate at which \(name) changes", rate) }
  }
}

extension Schedule: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A constant.
  public init(floatLiteral value: Double) { self = .constant(value) }
  /// A constant.
  public init(integerLiteral value: Int) { self = .constant(Double(value)) }
}
