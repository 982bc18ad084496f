import KodamaTensors

/// How much the loss would change without each unit of weights, as gradients estimate it: the sum of
/// (Σ w · ∂L/∂w over the weights of a unit)² over steps. A unit whose inputs are always 0, or whose outputs nothing reads,
/// has none, whatever its size.
///
/// - Source: Molchanov et al. 2019, "Importance estimation for neural network pruning", eq. 8, for groups as in §3; the
///   gradients are those that the optimizer gets, clipped.
public struct UnitImportance: Sendable, Equatable {
  /// The importance of each unit, by parameter.
  public internal(set) var sums: [String: [Float]]

  /// Importance of units by parameter.
  public init(_ sums: [String: [Float]]) { self.sums = sums }
}

extension Pruner {
  /// Adds the importance of the units of each parameter at one step.
  public func add(
    _ gradients: Parameters<Float>, at parameters: Parameters<Float>, to importance: inout UnitImportance
  ) {
    for (name, changes) in changes(gradients, at: parameters) {
      let sums = importance.sums[name] ?? [Float](repeating: 0, count: changes.count)
      importance.sums[name] = zip(sums, changes).map { Float(min(Double($0) + $1 * $1, 1e30)) }
    }
  }
}
