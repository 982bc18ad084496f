/// Features x(s) of an observation, for functions wᵀ x(s).
///
/// Only two operations are needed, so that sparse features touch few weights and nothing is allocated.
///
/// - Source: Sutton and Barto 2018, §9.4.
public protocol LinearFeatures<Observation>: Sendable {
  /// What the features describe.
  associatedtype Observation: Sendable
  /// The number of features.
  var count: Int { get }

  /// The sum of features times weights `first..<first + count`.
  func dot(_ weights: [Double], at first: Int, _ observation: Observation) -> Double

  /// Adds the features times `scale` to weights `first..<first + count`.
  func add(_ scale: Double, to weights: inout [Double], at first: Int, _ observation: Observation)
}

/// One feature for each state, which is 1 there and 0 elsewhere: a table.
public struct OneHot: LinearFeatures {
  /// The number of states.
  public let count: Int

  /// The features of so many states.
  public init(_ count: Int) { self.count = count }

  @inlinable public func dot(_ weights: [Double], at first: Int, _ state: Int) -> Double { weights[first + state] }

  @inlinable public func add(_ scale: Double, to weights: inout [Double], at first: Int, _ state: Int) {
    weights[first + state] += scale
  }
}

/// No features: functions of them are 0.
public struct NoFeatures<Observation: Sendable>: LinearFeatures {
  /// 0.
  @inlinable public var count: Int { 0 }
  @inlinable public func dot(_ weights: [Double], at first: Int, _ observation: Observation) -> Double { 0 }
  @inlinable public func add(_ scale: Double, to weights: inout [Double], at first: Int, _ observation: Observation) {}
}

/// The value of a state as a linear function of its features.
public struct LinearValue<Features: LinearFeatures>: Sendable {
  /// The features.
  public let features: Features
  /// The weights.
  public var weights: [Double]

  /// The function that is 0.
  public init(_ features: Features) {
    self.features = features
    weights = [Double](repeating: 0, count: features.count)
  }

  /// The value of a state.
  @inlinable public func callAsFunction(_ observation: Features.Observation) -> Double {
    features.dot(weights, at: 0, observation)
  }

  /// Adds the gradient of the value times `scale`.
  @inlinable public mutating func add(_ scale: Double, _ observation: Features.Observation) {
    features.add(scale, to: &weights, at: 0, observation)
  }
}

/// The box that observations lie in, scaled to the unit cube.
public struct ObservationBox<Vector: SIMD & Sendable>: Sendable where Vector.Scalar == Double {
  /// The least and the largest observations.
  public let low, high: Vector

  /// A box.
  ///
  /// - Throws: `ReinforcementFault.setting` where a side is not finite or not positive.
  public init(low: Vector, high: Vector) throws {
    for index in 0..<Vector.scalarCount {
      try ReinforcementFault.check(positive: "side \(index) of the box", high[index] - low[index])
    }
    (self.low, self.high) = (low, high)
  }

  /// A coordinate from 0 to 1; what lies outside the box counts as on its side.
  @inlinable func scaled(_ observation: Vector, _ index: Int) -> Double {
    min(1, max(0, (observation[index] - low[index]) / (high[index] - low[index])))
  }
}
