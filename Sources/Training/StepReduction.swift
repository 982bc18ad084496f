import KodamaLayers
import KodamaTensors

/// What the batches of one step come to, before the optimizer moves the weights: sums, which add up over batches and over
/// processes.
public struct StepTotals: Sendable {
  /// The number of things that were measured, such as valid samples: the sum of the batches' weights.
  public var weight: Double
  /// Each measure summed over these things.
  public var values: [Double]
  /// The gradient of the loss summed over these things.
  public var gradients: Parameters<Float>
  /// The next values of the network's state, such as running means, by name.
  public var state: [String: Tensor<Float>]

  /// Adds what another batch comes to, whose state follows on this one's.
  mutating func add(_ later: StepTotals) {
    weight += later.weight
    for index in values.indices { values[index] += later.values[index] }
    gradients.add(later.gradients)
    state.merge(later.state) { $1 }
  }
}

/// The seam between gradients and the optimizer, where several processes that train one network share the examples of each
/// step and add up what they found.
///
/// Every process draws the same numbers, measures its own share of each batch, and ends with the same totals, so that all
/// take the same step.
public protocol StepReduction: AnyObject {
  /// The examples of a batch that this process takes; never none.
  func share(of numbers: Range<Int>) -> Range<Int>

  /// Adds to the totals of this process those of all others.
  ///
  /// - Throws: where another process cannot be reached; the step is not taken then.
  func reduce(_ totals: inout StepTotals) throws
}
