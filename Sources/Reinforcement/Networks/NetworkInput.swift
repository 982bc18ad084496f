/// How networks take observations: each as a row of numbers.
public protocol NetworkInput<Observation>: Sendable {
  /// What is observed.
  associatedtype Observation: Sendable
  /// The numbers of a row.
  var count: Int { get }

  /// Appends the `count` numbers of an observation.
  func append(_ observation: Observation, to rows: inout [Float])
}

extension NetworkInput {
  /// The rows of observations, [observations · count].
  ///
  /// - Throws: `ReinforcementFault.observation` for a number that is not finite.
  public func rows(_ observations: some Collection<Observation>) throws -> [Float] {
    var rows: [Float] = []
    rows.reserveCapacity(observations.count * count)
    for observation in observations { append(observation, to: &rows) }
    precondition(rows.count == observations.count * count, "\(rows.count) numbers for rows of \(count)")
    if let index = rows.firstIndex(where: { !$0.isFinite }) {
      throw ReinforcementFault.observation(number: index % count, value: Double(rows[index]))
    }
    return rows
  }
}

/// A vector as it is, or moved and scaled: (x − center) / scale.
public struct VectorInput<Vector: SIMD & Sendable>: NetworkInput where Vector.Scalar == Double {
  /// What becomes 0, and what is divided by.
  public let center, scale: Vector

  /// Vectors as they are.
  public init() { (center, scale) = (.zero, .zero.replacing(with: 1, where: .init(repeating: true))) }

  /// Vectors of which the center becomes 0, and one that is further by the scale 1.
  ///
  /// - Throws: `ReinforcementFault.setting` for a scale that is not positive, or a center that is not finite.
  public init(center: Vector, scale: Vector) throws {
    for index in 0..<Vector.scalarCount {
      try ReinforcementFault.check(positive: "scale \(index) of the input", scale[index])
      try ReinforcementFault.check(
        "center \(index) of the input", center[index],
        in: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
    }
    (self.center, self.scale) = (center, scale)
  }

  /// The numbers of a vector.
  public var count: Int { Vector.scalarCount }

  /// Appends (x − center) / scale.
  public func append(_ observation: Vector, to rows: inout [Float]) {
    for index in 0..<Vector.scalarCount {
      rows.append(Float((observation[index] - center[index]) / scale[index]))
    }
  }
}

extension OneHot: NetworkInput {
  /// - Precondition: the state is in 0..<`count`.
  public func append(_ state: Int, to rows: inout [Float]) {
    precondition((0..<count).contains(state), "state \(state) of \(count)")
    for other in 0..<count { rows.append(other == state ? 1 : 0) }
  }
}
