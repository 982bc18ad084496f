import KodamaTensors

/// An exponential moving average of weights: a ← decay · a + (1 − decay) · w after every step, where the decay grows as
/// (1 + n) / (20 + n): the horizon is about a twentieth of the steps so far, so that the average does not lag behind
/// weights that still improve fast.
///
/// - Source: Polyak and Juditsky 1992; the growing decay as in TensorFlow's `ExponentialMovingAverage`, whose horizon of a
///   ninth was worse than the weights themselves for thousands of steps.
public struct WeightAverage: Sendable {
  /// The limit of the decay.
  public let decay: Double
  /// The number of updates so far.
  public private(set) var updates: Int
  /// The average.
  public private(set) var parameters: Parameters<Float>

  /// An average initialized with the given weights.
  public init(decay: Double, parameters: Parameters<Float>, updates: Int = 0) {
    self.decay = decay
    self.parameters = parameters
    self.updates = updates
  }

  /// Makes weights 0 in place.
  package mutating func apply(_ mask: PruningMask) { mask.apply(to: &parameters) }

  /// The same average with other parameters.
  package func replacing(_ parameters: Parameters<Float>) -> WeightAverage {
    WeightAverage(decay: decay, parameters: parameters, updates: updates)
  }

  /// Updates the average with the weights after a step. Frozen parameters are left unchanged, because averaging equal
  /// numbers would round them.
  public mutating func update(_ weights: Parameters<Float>) {
    let kept = Float(min(decay, Double(1 + updates) / Double(20 + updates)))
    updates += 1
    let frozen = weights.layout.entries.filter { $0.role == .frozen }
    let before = frozen.isEmpty ? nil : parameters.arena
    parameters.scale(by: kept)
    parameters.arena.addScaled(1 - kept, weights.arena)
    if let before { for entry in frozen { parameters.arena.copy(entry.range, from: before) } }
  }
}
