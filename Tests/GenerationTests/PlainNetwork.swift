import Foundation
import KodamaSignal
import KodamaWaveNets

/// A network of any precisions computed from its formulas, in double precision and without caches: the oracle.
struct PlainNetwork {
  private let model: InferenceModel
  private let conditions: Conditions

  init(_ model: InferenceModel, _ conditions: Conditions = .none) {
    self.model = model
    self.conditions = conditions
  }

  /// The logits of the steps that codes belong to.
  func logits(of codes: [Int32]) -> [[Double]] {
    let c = model.configuration
    let companding = c.companding
    let features = steps(codes.count)
    var signal = codes.indices.map { step -> [Double] in
      let code = step == 0 ? nil : Int(codes[step - 1])
      if let embedding = model.embedding {
        let row = code ?? companding.silence
        return (0..<c.residualChannels).map { Double(embedding.elements[row * c.residualChannels + $0]) }
      }
      let sample = code.map { Double(companding.decode($0)) * c.inputGain } ?? 0
      return model.input.map { apply($0, [[sample]]) } ?? []
    }
    var skip = [[Double]](repeating: [Double](repeating: 0, count: c.skipChannels), count: codes.count)
    for (index, block) in model.blocks.enumerated() {
      let silence = [Double](repeating: 0, count: c.residualChannels)
      let inputs = signal
      for step in codes.indices {
        let taps = (0..<c.kernelSize).map { tap in
          let past = step - (c.kernelSize - 1 - tap) * c.dilations[index]
          return past >= 0 ? inputs[past] : silence
        }
        var gates = zip(apply(block.dilated, taps), labels(index)).map { $0 + $1 }
        if let layer = block.features { gates = zip(gates, apply(layer, [features[step]])).map { $0 + $1 } }
        let gated = (0..<c.gateChannels).map { tanh(gates[$0]) / (1 + exp(-gates[c.gateChannels + $0])) }
        skip[step] = zip(skip[step], apply(block.skip, [gated])).map { $0 + $1 }
        if let residual = block.residual {
          signal[step] = zip(inputs[step], apply(residual, [gated])).map { c.residualScale * ($0 + $1) }
        }
      }
    }
    return skip.map { sum in
      let hidden = apply(model.head[0], [sum.map { max(0, c.skipScale * $0) }])
      return apply(model.head[1], [hidden.map { max(0, $0) }])
    }
  }

  /// The features of every step; none where there are no features.
  private func steps(_ count: Int) -> [[Double]] {
    guard let features = model.features, let sequence = conditions.features else { return [] }
    let window = features.conditioning.window(of: sequence, steps: 0..<count)
    let numbers = features.steps(window.values)
    return (0..<count).map { step in
      numbers[step * sequence.channels..<(step + 1) * sequence.channels].map { Double($0) }
    }
  }

  /// What labels add to a block's gates.
  private func labels(_ block: Int) -> [Double] {
    let count = 2 * model.configuration.gateChannels
    guard let labels = model.labels else { return [Double](repeating: 0, count: count) }
    let channels = model.configuration.conditioning.channels
    let vector = (0..<channels).map { channel in
      zip(labels.tables, conditions.mixtures).reduce(0.0) { sum, set in
        set.1.reduce(sum) { $0 + $1.weight * Double(set.0.elements[$1.label * channels + channel]) }
      }
    }
    return apply(labels.projections[block], [vector])
  }

  /// A layer at one step.
  private func apply(_ layer: InferenceLayer, _ taps: [[Double]]) -> [Double] {
    let inputs = taps.map { $0.map { rounded($0, for: layer) } }
    let weights = layer.dequantized
    return (0..<layer.outputs).map { output in
      var sum = Double(layer.bias[output])
      for channel in 0..<layer.channels {
        for tap in 0..<layer.taps {
          sum += Double(weights[(output * layer.channels + channel) * layer.taps + tap]) * inputs[tap][channel]
        }
      }
      return sum
    }
  }

  private func rounded(_ x: Double, for layer: InferenceLayer) -> Double {
    if let input = layer.input {
      let u = (x / Double(input.scale)).rounded(.toNearestOrEven) + Double(input.zeroPoint)
      return (min(max(u, 0), 255) - Double(input.zeroPoint)) * Double(input.scale)
    }
    if layer.precision == .float32 { return x }
    let bits = Float(x).bitPattern
    return Double(Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000))
  }
}
