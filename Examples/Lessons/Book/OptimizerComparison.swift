import Foundation
import Kodama

/// Six rules for the same step downhill, on two intertwined spirals. Plain gradient descent crawls; momentum adds up what
/// successive steps agree on; Adagrad, RMSProp and Adam divide by the size of past gradients, weight by weight; Muon
/// makes the step of a whole matrix orthogonal. What a rule can do shows only at a learning rate that suits it: each is
/// tried at the same seven rates and shown at its best. Luck has a part in where one network ends, so that three are
/// trained at each rate, and their mean counts.
///
/// - Source: Sutskever et al. 2013, §2 (momentum); Duchi et al. 2011 (Adagrad); Tieleman and Hinton 2012, lecture 6.5
///   (RMSProp); Kingma and Ba 2015, algorithm 1 (Adam); Jordan et al. 2024 (Muon). The task is that of Lang and Witbrock
///   1988, "Learning to tell two spirals apart".
public struct OptimizerComparison: Lesson {
  public static let name = "optimizers"
  public static let topic = "SGD, momentum, Adagrad, RMSProp, Adam and Muon side by side"

  /// What one rule reached.
  public struct Outcome {
    public let name: String
    /// The best of the rates.
    public let rate: Float
    /// The mean loss of the networks over each 20 steps, in nats.
    public let losses: [Double]
    /// The mean loss over the last 100 steps.
    public var finalLoss: Double { losses.suffix(5).reduce(0, +) / 5 }
  }

  /// The rules with their names.
  public static let algorithms: [(name: String, algorithm: OptimizerAlgorithm)] = [
    ("SGD", .sgd()), ("momentum", .sgd(momentum: 0.9)), ("Adagrad", .adagrad()), ("RMSProp", .rmsProp()),
    ("Adam", .adam()), ("Muon", .muon()),
  ]
  /// The rates that each is tried at: three in ten, from 0.001 to 1.
  public static let rates: [Float] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]
  private let seed: UInt64
  private let steps = 1000
  private let networks = 3

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> [Outcome] {
    // A loss that is not a number counts as the highest.
    func rank(_ outcome: Outcome) -> Double { outcome.finalLoss.isNaN ? .infinity : outcome.finalLoss }
    return Self.algorithms.map { name, algorithm in
      let outcomes = Self.rates.map { rate in
        let runs = (0..<networks).map { losses(algorithm, rate: rate, seed: seed &+ UInt64($0)) }
        let means = runs[0].indices.map { step in runs.reduce(0) { $0 + $1[step] } / Double(networks) }
        return Outcome(name: name, rate: rate, losses: means)
      }
      return outcomes.dropFirst().reduce(outcomes[0]) { rank($1) < rank($0) ? $1 : $0 }
    }
  }

  /// The losses of one network with two hidden layers; initial weights and batches are the same for all rules.
  private func losses(_ algorithm: OptimizerAlgorithm, rate: Float, seed: UInt64) -> [Double] {
    let network = DenseNetwork([2, 32, 32, 2])
    let spirals = spirals(400, seed: seed)
    var learner = Learner(network.layers, algorithm, seed: seed)
    var random = Philox(seed: seed, stream: 1)
    return (0..<steps / 20).map { _ in
      let losses = (0..<20).map { _ -> Double in
        let batch = spirals[(0..<50).map { _ in random.integer(below: 400) }]
        let x = batch.tensor
        return learner.step(rate: rate) { batch.crossEntropy(network.forward($0.tape.constant(x), $0)) }
      }
      return losses.reduce(0, +) / 20
    }
  }

  /// Points on two spirals of one and three quarter turns, which end opposite each other.
  private func spirals(_ count: Int, seed: UInt64) -> LabelledRows {
    var random = Philox(seed: seed, stream: 2)
    let points = (0..<count).map { index -> [Float] in
      let place = random.uniform().squareRoot()
      let angle = 3.5 * Double.pi * place + Double.pi * Double(index % 2)
      return [cos(angle), sin(angle)].map { Float(2 * place * $0 + 0.03 * random.normal()) }
    }
    return LabelledRows(rows: points, classes: (0..<count).map { Int32($0 % 2) })
  }

  public func lines(_ results: [Outcome]) -> [String] {
    [
      "loss in nats after \(steps) steps of 50 points, at the best of \(Self.rates.count) rates, mean of \(networks) "
        + "networks"
    ]
      + [columns(["rule", "rate", "loss"])]
      + results.map { columns([$0.name, "\($0.rate)", fixed($0.finalLoss, 6)]) }
  }

  public func picture(_ results: [Outcome]) throws -> [UInt8] {
    let curves = results.map { outcome in
      LineChart.Series(
        "\(outcome.name), \(outcome.rate)",
        outcome.losses.enumerated().map { .init(x: Double(20 * $0 + 10), y: $1) })
    }
    let chart = LineChart(title: "Two spirals", unit: "loss in nats, by rule and rate", xName: "step", series: curves)
    return try ChartPicture([chart], width: 900).encoded()
  }
}
