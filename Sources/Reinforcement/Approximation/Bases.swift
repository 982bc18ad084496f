#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// All vectors of `dimensions` integers from 0 to `order`.
private func exponents<Vector: SIMD & Sendable>(order: Int, _: Vector.Type) -> [Vector] where Vector.Scalar == Double {
  let count = (0..<Vector.scalarCount).reduce(1) { count, _ in count * (order + 1) }
  return (0..<count).map { number in
    var (vector, rest) = (Vector(repeating: 0), number)
    for index in 0..<Vector.scalarCount {
      vector[index] = Double(rest % (order + 1))
      rest /= order + 1
    }
    return vector
  }
}

/// The Fourier basis of cosines over a box: cos(π cᵀ x) for all integer vectors c from 0 to the order, x being the
/// observation scaled to the unit cube.
///
/// - Source: Sutton and Barto 2018, §9.5.2; Konidaris, Osentoski and Thomas 2011, "Value function approximation in
///   reinforcement learning using the Fourier basis".
public struct FourierBasis<Vector: SIMD & Sendable>: LinearFeatures where Vector.Scalar == Double {
  /// The box.
  public let box: ObservationBox<Vector>
  /// The frequencies c, π times.
  @usableFromInline let frequencies: [Vector]

  /// The basis of an order: (order + 1) to the power of the dimensions features.
  ///
  /// - Throws: `ReinforcementFault.setting` for a negative order.
  public init(_ box: ObservationBox<Vector>, order: Int) throws {
    try ReinforcementFault.check("the order of the Fourier basis", order, atLeast: 0)
    self.box = box
    frequencies = exponents(order: order, Vector.self).map { $0 * Double.pi }
  }

  /// The number of features, (order + 1) to the power of the dimensions.
  @inlinable public var count: Int { frequencies.count }

  @inlinable func angle(_ feature: Int, _ observation: Vector) -> Double {
    var angle = 0.0
    for index in 0..<Vector.scalarCount { angle += frequencies[feature][index] * box.scaled(observation, index) }
    return angle
  }

  @inlinable public func dot(_ weights: [Double], at first: Int, _ observation: Vector) -> Double {
    var sum = 0.0
    for feature in 0..<count { sum += weights[first + feature] * cos(angle(feature, observation)) }
    return sum
  }

  @inlinable public func add(_ scale: Double, to weights: inout [Double], at first: Int, _ observation: Vector) {
    for feature in 0..<count { weights[first + feature] += scale * cos(angle(feature, observation)) }
  }
}

/// The polynomial basis over a box: Π x_j^c_j for all integer vectors c from 0 to the order, x being the observation
/// scaled to the unit cube.
///
/// - Source: Sutton and Barto 2018, §9.5.1.
public struct PolynomialBasis<Vector: SIMD & Sendable>: LinearFeatures where Vector.Scalar == Double {
  /// The box.
  public let box: ObservationBox<Vector>
  /// The exponents c.
  @usableFromInline let powers: [Vector]

  /// The basis of an order: (order + 1) to the power of the dimensions features.
  ///
  /// - Throws: `ReinforcementFault.setting` for a negative order.
  public init(_ box: ObservationBox<Vector>, order: Int) throws {
    try ReinforcementFault.check("the order of the polynomial basis", order, atLeast: 0)
    self.box = box
    powers = exponents(order: order, Vector.self)
  }

  /// The number of features, (order + 1) to the power of the dimensions.
  @inlinable public var count: Int { powers.count }

  @inlinable func product(_ feature: Int, _ observation: Vector) -> Double {
    var product = 1.0
    for index in 0..<Vector.scalarCount {
      let base = box.scaled(observation, index)
      for _ in 0..<Int(powers[feature][index]) { product *= base }
    }
    return product
  }

  @inlinable public func dot(_ weights: [Double], at first: Int, _ observation: Vector) -> Double {
    var sum = 0.0
    for feature in 0..<count { sum += weights[first + feature] * product(feature, observation) }
    return sum
  }

  @inlinable public func add(_ scale: Double, to weights: inout [Double], at first: Int, _ observation: Vector) {
    for feature in 0..<count { weights[first + feature] += scale * product(feature, observation) }
  }
}
