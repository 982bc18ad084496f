import KodamaCore
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A distribution over actions that the outputs of a network describe.
public protocol ActionDistribution: Sendable {
  /// What is done.
  associatedtype Action: Sendable
  /// The numbers of a network that describe a distribution.
  var outputs: Int { get }

  /// An action drawn from the distribution of `outputs` numbers.
  func sample(_ outputs: ArraySlice<Float>, using random: inout Philox) -> Action

  /// The most probable action of the distribution of `outputs` numbers.
  func mode(_ outputs: ArraySlice<Float>) -> Action

  /// ln π(a) of the action of each row, in nats; of densities for continuous actions.
  ///
  /// - Shapes: [rows, outputs], as many actions as rows → [rows].
  func logProbabilities<S: Scalar>(of actions: [Action], _ outputs: Variable<S>) -> Variable<S>

  /// The entropy of each row's distribution, −Σ π ln π, in nats.
  ///
  /// - Shapes: [rows, outputs] → [rows].
  func entropies<S: Scalar>(_ outputs: Variable<S>) -> Variable<S>

  /// The divergence KL(q ‖ π) = Σ q ln(q / π) of each row's distribution π from a former one q, in nats.
  ///
  /// - Shapes: [rows, outputs], former outputs of the same shape → [rows].
  func divergences<S: Scalar>(from former: Tensor<S>, _ outputs: Variable<S>) -> Variable<S>
}

/// Actions 0..<count, with probabilities that are the softmax of the network's outputs.
public struct CategoricalActions: ActionDistribution, Equatable {
  /// The number of actions.
  public let outputs: Int

  /// Distributions over so many actions.
  ///
  /// - Throws: `ReinforcementFault.setting` for a count below 1.
  public init(_ count: Int) throws {
    try ReinforcementFault.check("the number of actions", count, atLeast: 1)
    outputs = count
  }

  /// The probabilities of all actions.
  public func probabilities(_ outputs: ArraySlice<Float>) -> [Double] {
    var largest = -Double.infinity
    for output in outputs { largest = max(largest, Double(output)) }
    let shares = outputs.map { exp(Double($0) - largest) }
    var sum = 0.0
    for share in shares { sum += share }
    return shares.map { $0 / sum }
  }

  /// An action drawn by the probabilities.
  public func sample(_ outputs: ArraySlice<Float>, using random: inout Philox) -> Int {
    random.categorical(probabilities(outputs))
  }

  /// The most probable action, the first of several.
  public func mode(_ outputs: ArraySlice<Float>) -> Int {
    var best = outputs.startIndex
    for index in outputs.indices where outputs[index] > outputs[best] { best = index }
    return best - outputs.startIndex
  }

  /// The logarithms of the probabilities of actions, [rows].
  ///
  /// - Precondition: one action for each row, in 0..<`outputs`.
  public func logProbabilities<S: Scalar>(of actions: [Int], _ outputs: Variable<S>) -> Variable<S> {
    outputs.logSoftmax().chosen(actions)
  }

  /// −Σ p ln p of each row, in nats.
  public func entropies<S: Scalar>(_ outputs: Variable<S>) -> Variable<S> {
    let logarithms = outputs.logSoftmax()
    return -(logarithms.exponential() * logarithms).sum(axes: [-1])
  }

  /// Σ q ln (q / p) of each row in nats, q being the former probabilities.
  public func divergences<S: Scalar>(from former: Tensor<S>, _ outputs: Variable<S>) -> Variable<S> {
    let before = outputs.tape.constant(former).logSoftmax()
    return (before.exponential() * (before - outputs.logSoftmax())).sum(axes: [-1])
  }
}

extension Variable {
  /// One element of each row.
  ///
  /// - Shapes: [rows, columns], as many indices as rows → [rows].
  func chosen(_ columns: [Int]) -> Variable {
    let width = shape.last
    precondition(columns.count == shape.rows, "\(columns.count) actions for \(shape.rows) rows")
    precondition(columns.allSatisfy { (0..<width).contains($0) }, "an action is none of the \(width)")
    let indices = columns.enumerated().map { Int32($0 * width + $1) }
    return reshaped([shape.count, 1]).gathered(indices, shape: [columns.count]).reshaped([columns.count])
  }
}

/// Vectors of numbers, each normally distributed: the network computes the means, then the logarithms of the standard
/// deviations, which are limited to a range.
///
/// - Source: Williams 1992, §6.
public struct GaussianActions: ActionDistribution, Equatable {
  /// The numbers of an action.
  public let dimensions: Int
  /// The range of the natural logarithms of standard deviations.
  public let logDeviations: ClosedRange<Double>

  /// Distributions over vectors.
  ///
  /// - Throws: `ReinforcementFault.setting` for a count below 1, or a bound beyond ±20.
  public init(_ dimensions: Int, logDeviations: ClosedRange<Double> = -5...2) throws {
    try ReinforcementFault.check("the dimensions of actions", dimensions, atLeast: 1)
    for bound in [logDeviations.lowerBound, logDeviations.upperBound] {
      try ReinforcementFault.check("the logarithm of a standard deviation", bound, in: -20...20)
    }
    (self.dimensions, self.logDeviations) = (dimensions, logDeviations)
  }

  /// The means and the logarithms of the standard deviations.
  public var outputs: Int { 2 * dimensions }

  /// A vector drawn from the normal distributions.
  public func sample(_ outputs: ArraySlice<Float>, using random: inout Philox) -> [Double] {
    let first = outputs.startIndex
    return (0..<dimensions).map { index in
      let logarithm = Double(outputs[first + dimensions + index])
      let limited = min(logDeviations.upperBound, max(logDeviations.lowerBound, logarithm))
      return Double(outputs[first + index]) + exp(limited) * random.normal()
    }
  }

  /// The means.
  public func mode(_ outputs: ArraySlice<Float>) -> [Double] { outputs.prefix(dimensions).map(Double.init) }

  /// The logarithms of the densities of vectors, [rows].
  ///
  /// - Precondition: one vector of `dimensions` numbers for each row.
  public func logProbabilities<S: Scalar>(of actions: [[Double]], _ outputs: Variable<S>) -> Variable<S> {
    let (means, logarithms) = parts(outputs)
    precondition(
      actions.count == outputs.shape.rows && actions.allSatisfy { $0.count == dimensions },
      "\(actions.count) actions for \(outputs.shape.rows) rows of \(dimensions) dimensions")
    let values = outputs.tape.constant(Tensor(means.shape, actions.joined().map { S($0) }))
    let errors = (values - means) * (-logarithms).exponential()
    let constant = S(Double(dimensions) * log(2 * Double.pi) / 2)
    return -(errors.squared() * 0.5 + logarithms).sum(axes: [-1]) + -constant
  }

  /// Σ ln σ + n (ln 2π + 1) / 2 of each row for n dimensions, in nats.
  public func entropies<S: Scalar>(_ outputs: Variable<S>) -> Variable<S> {
    parts(outputs).logarithms.sum(axes: [-1]) + S(Double(dimensions) * (log(2 * Double.pi) + 1) / 2)
  }

  /// Σ ln (σ / σ_q) + (σ_q² + (μ_q − μ)²) / 2σ² − ½ over the dimensions of each row in nats, q being the former
  /// distribution.
  public func divergences<S: Scalar>(from former: Tensor<S>, _ outputs: Variable<S>) -> Variable<S> {
    let (means, logarithms) = parts(outputs)
    let (formerMeans, formerLogarithms) = parts(outputs.tape.constant(former))
    let spread = (formerLogarithms * 2).exponential() + (formerMeans - means).squared()
    let terms = logarithms - formerLogarithms + spread * (logarithms * -2).exponential() * 0.5
    return (terms + -0.5).sum(axes: [-1])
  }

  private func parts<S: Scalar>(_ outputs: Variable<S>) -> (means: Variable<S>, logarithms: Variable<S>) {
    let range = S(logDeviations.lowerBound)...S(logDeviations.upperBound)
    return (
      outputs.sliced(axis: -1, 0..<dimensions),
      outputs.sliced(axis: -1, dimensions..<2 * dimensions).clamped(to: range)
    )
  }
}
