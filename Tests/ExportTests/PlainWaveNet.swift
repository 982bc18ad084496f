import Foundation
import KodamaTensors
import KodamaWaveNets

/// A WaveNet computed step by step in the plainest way, each layer by the formula of its precision: what graphs with
/// integers are held to.
struct PlainWaveNet {
  private let model: InferenceModel
  /// What labels add to each block's gates.
  private let offsets: [[Float]]
  /// The inputs of each block so far.
  private var past: [[[Float]]]
  /// The largest absolute input that each layer has had.
  private(set) var largestInputs: [String: Float] = [:]

  init(_ model: InferenceModel, _ conditions: Conditions) {
    self.model = model
    offsets =
      model.labels?.gateOffsets(conditions)
      ?? model.blocks.map { _ in [Float](repeating: 0, count: 2 * model.configuration.gateChannels) }
    past = model.blocks.map { _ in [] }
  }

  /// The logits of the next step.
  ///
  /// - Parameter input: the embedding's row for the code before it, or the sample before it.
  mutating func step(_ input: [Float]) -> [Float] {
    let configuration = model.configuration
    var x = model.input.map { apply($0, [input.map { $0 * Float(configuration.inputGain) }]) } ?? input
    var sum = [Float](repeating: 0, count: configuration.skipChannels)
    for (index, block) in model.blocks.enumerated() {
      past[index].append(x)
      let (now, dilation) = (past[index].count - 1, configuration.dilations[index])
      let taps = (0..<block.dilated.taps).reversed().map { tap in
        let time = now - tap * dilation
        return time < 0 ? [Float](repeating: 0, count: x.count) : past[index][time]
      }
      let z = zip(apply(block.dilated, taps), offsets[index]).map { $0 + $1 }
      let gates = configuration.gateChannels
      let gated = (0..<gates).map { tanh(z[$0]) / (1 + exp(-z[gates + $0])) }
      sum = zip(sum, apply(block.skip, [gated])).map { $0 + $1 }
      if let residual = block.residual {
        x = zip(x, apply(residual, [gated])).map { ($0 + $1) * Float(configuration.residualScale) }
      }
    }
    let total = sum.map { max(0, $0 * Float(configuration.skipScale)) }
    let hidden = apply(model.head[0], [total]).map { max(0, $0) }
    return apply(model.head[1], [hidden])
  }

  /// A layer of inputs [taps][channels].
  private mutating func apply(_ layer: InferenceLayer, _ inputs: [[Float]]) -> [Float] {
    largestInputs[layer.path] = inputs.joined().reduce(largestInputs[layer.path] ?? 0) { max($0, abs($1)) }
    func sum<Number: Numeric>(_ output: Int, _ weights: [Number], _ inputs: [[Number]]) -> Number {
      var sum: Number = 0
      for channel in 0..<layer.channels {
        for tap in 0..<layer.taps {
          sum += weights[(output * layer.channels + channel) * layer.taps + tap] * inputs[tap][channel]
        }
      }
      return sum
    }
    switch layer.weights {
    case .float32(let weights):
      return (0..<layer.outputs).map { layer.bias[$0] + sum($0, weights, inputs) }
    case .int8(let weights, let scales):
      let (quantization, wide) = (layer.input!, weights.map { Int($0) })
      let integers = inputs.map { tap in
        tap.map { x in
          let u = (x / quantization.scale).rounded(.toNearestOrEven) + Float(quantization.zeroPoint)
          return Int(min(max(u, 0), 255)) - quantization.zeroPoint
        }
      }
      return (0..<layer.outputs).map { output in
        layer.bias[output] + scales[output] * quantization.scale * Float(sum(output, wide, integers))
      }
    case .bfloat16, .int4: preconditionFailure("no graph has layers of \(layer.precision)")
    }
  }
}

extension PlainWaveNet {
  /// The logits of every step of an example, [B, T, classes].
  static func logits(_ model: InferenceModel, _ example: ExampleInput) -> (Tensor<Float>, largest: [String: Float]) {
    var (logits, largest) = ([Float](), [String: Float]())
    for row in 0..<example.batch {
      var network = PlainWaveNet(model, example.conditions[row])
      for t in 0..<example.time {
        let index = row * example.time + t
        let input: [Float] =
          switch example.numbers {
          case .codes(let codes):
            (0..<model.configuration.residualChannels).map { model.embedding![Int(codes[index]), $0] }
          case .samples(let samples): [samples[index]]
          }
        logits += network.step(input)
      }
      largest.merge(network.largestInputs) { max($0, $1) }
    }
    return (Tensor([example.batch, example.time, model.configuration.outputChannels], logits), largest)
  }
}

extension InferenceModel {
  /// The model with layers of int8 but for those named, their inputs on the scales that an example needs.
  func int8(_ example: ExampleInput, keeping kept: Set<String> = []) -> InferenceModel {
    let largest = PlainWaveNet.logits(self, example).largest
    return mapLayers { layer in
      if kept.contains(layer.path) { return layer }
      let row = layer.channels * layer.taps
      let weights = layer.dequantized
      let scales = (0..<layer.outputs).map { output in
        weights[output * row..<(output + 1) * row].reduce(1e-9) { max($0, abs($1)) } / 127
      }
      let integers = weights.indices.map { Int8((weights[$0] / scales[$0 / row]).rounded()) }
      let isRectified = layer.path.hasPrefix("head")
      return InferenceLayer(
        path: layer.path, outputs: layer.outputs, channels: layer.channels, taps: layer.taps,
        weights: .int8(integers, scales: scales), bias: layer.bias,
        input: InputQuantization(
          scale: largest[layer.path]! / (isRectified ? 255 : 127), zeroPoint: isRectified ? 0 : 128))
    }
  }
}
