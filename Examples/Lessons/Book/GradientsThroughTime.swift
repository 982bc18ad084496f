import Foundation
import Kodama

/// A gradient goes back through time by one product with the recurrent weights, and with the slopes of the activation
/// functions, for every step. Where these make it smaller, an input of long ago has no influence on what is learned:
/// gradients vanish. The cell of an LSTM passes its gradient on times its forget gate, which can stay near 1. Where the
/// products make it larger, gradients explode, and one step of the optimizer ruins the network; scaled down to a limited
/// norm they still lead the right way.
///
/// The networks have to name the first of 20 inputs; those after it are noise.
///
/// - Source: Hochreiter and Schmidhuber 1997, "Long short-term memory", §3; Gers, Schmidhuber and Cummins 2000, "Learning
///   to forget", of the forget gate; Pascanu, Mikolov and Bengio 2013, "On the difficulty of training recurrent neural
///   networks", algorithm 1, of clipping.
public struct GradientsThroughTime: Lesson {
  public static let name = "gradients"
  public static let topic = "gradients through time: vanishing, kept by an LSTM, exploding, clipped"

  /// The gradients of a network's last output before it learns.
  public struct Decay: Sendable {
    public let network: String
    /// The norm of the gradient by the input so many steps before the last, over that by the last.
    public let norms: [Double]
  }

  /// A network with large recurrent weights while it learns.
  public struct Descent: Sendable {
    /// The limit of the norm of gradients; nil for none.
    public let limit: Double?
    /// The loss of each step, in nats, until it is no number any more.
    public let losses: [Double]
    /// The norms of gradients before they are limited.
    public let norms: [Double]
    /// Whether every loss is a number. A network that is ruined may also give one answer for all inputs.
    public let isFinite: Bool
  }

  /// What was measured.
  public struct Outcome: Sendable {
    public let decays: [Decay]
    public let descents: [Descent]
  }

  private let units = 32
  private let distance = 40
  private let time = 20
  private let steps = 300
  private let batch = 32
  private let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  public func results() throws -> Outcome {
    let simple = RecurrentLayer("hidden", .tanh, inputs: 1, units: units)
    let lstm = RecurrentLayer("hidden", .lstm, inputs: 1, units: units)
    // The biases of i, f, g and o.
    let bias = Tensor<Float>([4 * units], (0..<4 * units).map { $0 / units == 1 ? 2 : 0 })
    return Outcome(
      decays: [
        decay("simple", simple), decay("LSTM", lstm), decay("LSTM, forget bias 2", lstm, ["hidden.bias_hh_l0": bias]),
        decay("simple, large weights", simple, [Self.recurrent: largeWeights(1.6)]),
      ], descents: [nil, 1].map(descent))
  }

  private static let recurrent = "hidden.weight_hh_l0"

  /// Random recurrent weights of a simple layer whose products are `gain` times as large as their inputs.
  private func largeWeights(_ gain: Double) -> Tensor<Float> {
    var random = Philox(seed: seed, stream: 1)
    let deviation = gain / Double(units).squareRoot()
    return Tensor([units, units], (0..<units * units).map { _ in Float(deviation * random.normal()) })
  }

  private func decay(_ network: String, _ layer: RecurrentLayer, _ values: [String: Tensor<Float>] = [:]) -> Decay {
    var parameters = Parameters<Float>(layer.declarations, seed: seed)
    parameters.replace(values)
    var random = Philox(seed: seed, stream: 2)
    let shape: Shape = [64, distance, 1]
    let pass = Pass(parameters, recording: true)
    let x = pass.tape.leaf(Tensor(shape, (0..<shape.count).map { _ in Float(random.normal()) }))
    let last = layer.forward(x, pass).state.hidden
    let gradient = pass.tape.backward(from: (last * last).sum())[x]?.elements ?? []
    let norms = (0..<distance).map { back in
      stride(from: distance - 1 - back, to: gradient.count, by: distance).reduce(0.0) {
        $0 + Double(gradient[$1]) * Double(gradient[$1])
      }.squareRoot()
    }
    return Decay(network: network, norms: norms.map { $0 / norms[0] })
  }

  private func descent(_ limit: Double?) -> Descent {
    let hidden = RecurrentLayer("hidden", .relu, inputs: 1, units: units)
    let output = Linear("output", inputs: units, outputs: 2, isOutput: true)
    var parameters = Parameters<Float>(hidden.declarations + output.declarations, seed: seed)
    parameters[Self.recurrent] = largeWeights(2)
    var (optimizer, losses, norms) = (Optimizer(.sgd(), for: parameters), [Double](), [Double]())
    for step in 0..<steps {
      var random = Philox(seed: seed, stream: UInt64(100 + step))
      let targets = (0..<batch).map { _ in Int32(random.integer(below: 2)) }
      let x = targets.flatMap { target in
        [Float(2 * target - 1)] + (1..<time).map { _ in Float(0.5 * random.normal()) }
      }
      let pass = Pass(parameters, phase: .training(seed: seed))
      let last = hidden.forward(pass.tape.constant(Tensor([batch, time, 1], x)), pass).state.hidden
      let loss = output.forward(last, pass).crossEntropy(targets: targets, weights: Array(repeating: 1, count: batch))
      let value = Double(loss.value.item)
      if !value.isFinite { break }
      losses.append(value)
      var gradients = pass.gradients(of: loss)
      norms.append(gradients.clip(norm: limit ?? .infinity))
      optimizer.update(&parameters, gradients: gradients, learningRate: 0.05)
    }
    return Descent(limit: limit, losses: losses, norms: norms, isFinite: losses.count == steps)
  }

  public func lines(_ results: Outcome) -> [String] {
    let places = [1, 5, 10, 20, distance - 1]
    return ["the gradient of the last output by an input so many steps before, over that by the last input"]
      + [columns(["", "network"], width: 12) + columns(places.map { "\($0)" }, width: 12)]
      + results.decays.map { decay in
        columns([decay.network], width: 24) + columns(places.map { Self.short(decay.norms[$0]) }, width: 12)
      }
      + results.descents.map { descent in
        let limit = descent.limit.map { "clipped to a norm of \(fixed($0, 0))" } ?? "not clipped"
        let end = descent.isFinite ? "the last loss" : "no number after step \(descent.losses.count), the last loss"
        return "\(limit): the largest norm \(Self.short(descent.norms.filter(\.isFinite).max() ?? 0)), \(end) "
          + Self.short(descent.losses.last ?? 0)
      }
  }

  /// A number of any size in few digits.
  private static func short(_ value: Double) -> String {
    value == 0 || value.magnitude >= 0.01 && value.magnitude < 1000 ? fixed(value) : String(format: "%.1e", value)
  }

  public func picture(_ results: Outcome) throws -> [UInt8] {
    func line(_ name: String, _ values: [Double]) -> ScatterChart.Series {
      .init(name, values.enumerated().map { .init(x: Double($0), y: $1) }, style: .line)
    }
    var decay = ScatterChart(
      title: "Gradient of the last output", xName: "steps back", yName: "over that by the last input",
      series: results.decays.map { line($0.network, $0.norms) })
    var descent = ScatterChart(
      title: "Norm of gradients while learning", xName: "step", yName: "before clipping",
      series: results.descents.map { descent in
        line(descent.limit == nil ? "as they are" : "clipped", descent.norms.map { max($0, 1e-6) })
      })
    decay.yScale = .logarithmic
    descent.yScale = .logarithmic
    return try ScatterPicture([decay, descent]).encoded()
  }
}
