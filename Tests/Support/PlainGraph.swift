import Foundation
import KodamaInference
import KodamaTensors

/// A step graph of any precisions computed from the formulas of its nodes, in double precision and without caches: the
/// oracle of what engine and exports compute.
public struct PlainGraph {
  /// The input of a step.
  public enum Input {
    /// The row of the network's table.
    case row(Int)
    /// The sample before the step.
    case sample(Double)
  }

  private let network: InferenceNetwork
  private let mixtures: [[RowShare]]
  /// The values of every delay so far.
  private var past: [StepGraph.Value: [[Double]]] = [:]
  /// What recurrent units computed at the step before, by their states.
  private var states: [StepGraph.Value: [Double]] = [:]
  /// The largest absolute input of each layer so far, by path.
  public private(set) var largestInputs: [String: Float] = [:]

  /// A network at the start of a signal.
  ///
  /// - Parameter mixtures: the shares of the rows of each table of the graph's mixture.
  public init(_ network: InferenceNetwork, mixtures: [[RowShare]] = []) {
    self.network = network
    self.mixtures = mixtures
  }

  /// The output at the next step.
  public mutating func step(_ input: Input, features: [Double] = []) -> [Double] {
    let graph = network.graph
    var values: [[Double]] = []
    for value in graph.values {
      let node = graph[value]
      func numbers(_ value: StepGraph.Value) -> [Double] { values[value.index] }
      var result: [Double]
      switch node.operation {
      case .row(let table):
        guard case .row(let row) = input else { preconditionFailure("the network takes rows") }
        result = (0..<node.channels).map { Double(network.tables[table][row, $0]) }
      case .sample(let gain):
        guard case .sample(let sample) = input else { preconditionFailure("the network takes samples") }
        result = [gain * sample]
      case .features: result = features
      case .mixture(let tables):
        result = (0..<node.channels).map { channel in
          zip(tables, mixtures).reduce(0.0) { sum, set in
            set.1.reduce(sum) { $0 + $1.weight * Double(network.tables[set.0][$1.row, channel]) }
          }
        }
      case .delay(let x, let taps, let dilation):
        past[value, default: []].append(numbers(x))
        let (history, silence) = (past[value] ?? [], [Double](repeating: 0, count: node.channels))
        result = (0..<taps).flatMap { tap in
          let step = history.count - 1 - (taps - 1 - tap) * dilation
          return step >= 0 ? history[step] : silence
        }
      case .product(let index, let x): result = product(network.layers[index], numbers(x))
      case .gate(let x):
        let gates = numbers(x)
        result = (0..<node.channels).map { tanh(gates[$0]) / (1 + exp(-gates[node.channels + $0])) }
      case .activation(.relu, let x): result = numbers(x).map { max(0, $0) }
      case .add(let terms, let factor):
        result = terms.dropFirst().reduce(numbers(terms[0])) { sum, term in
          zip(sum, numbers(term)).map { $0 + $1 }
        }
        result = result.map { factor * $0 }
      case .state: result = states[value] ?? [Double](repeating: 0, count: node.channels)
      case .recurrence(let gates, let product, let state):
        let (a, p, h) = (numbers(gates), numbers(product), numbers(state))
        func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
        result = (0..<node.channels).map { unit in
          let (reset, update, new) = (unit, node.channels + unit, 2 * node.channels + unit)
          let n = tanh(a[new] + sigmoid(a[reset] + p[reset]) * p[new])
          let z = sigmoid(a[update] + p[update])
          return (1 - z) * n + z * h[unit]
        }
        states[state] = result
      }
      values.append(result)
    }
    return values[graph.output.index]
  }

  /// A layer of inputs [taps][channels].
  private mutating func product(_ layer: InferenceLayer, _ inputs: [Double]) -> [Double] {
    largestInputs[layer.path] = inputs.reduce(largestInputs[layer.path] ?? 0) { max($0, Float(abs($1))) }
    let (weights, inputs) = (layer.dequantized, inputs.map { Self.rounded($0, for: layer) })
    return (0..<layer.outputs).map { output in
      var sum = Double(layer.bias?[output] ?? 0)
      for channel in 0..<layer.channels {
        for tap in 0..<layer.taps {
          let weight = weights[(output * layer.channels + channel) * layer.taps + tap]
          sum += Double(weight) * inputs[tap * layer.channels + channel]
        }
      }
      return sum
    }
  }

  private static func rounded(_ x: Double, for layer: InferenceLayer) -> Double {
    if let input = layer.input {
      let u = (x / Double(input.scale)).rounded(.toNearestOrEven) + Double(input.zeroPoint)
      return (min(max(u, 0), 255) - Double(input.zeroPoint)) * Double(input.scale)
    }
    if layer.precision == .float32 { return x }
    let bits = Float(x).bitPattern
    return Double(Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
  }
}
