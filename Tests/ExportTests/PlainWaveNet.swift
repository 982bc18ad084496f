import KodamaInference
import KodamaTensors
import KodamaWaveNets
import TestSupport

/// A model computed by the plain graph: what graphs with integers are held to.
enum PlainWaveNet {
  /// The logits of every step of an example, [B, T, classes], and the largest absolute input of each layer.
  static func logits(_ model: InferenceModel, _ example: ExampleInput) -> (Tensor<Float>, largest: [String: Float]) {
    var (logits, largest) = ([Float](), [String: Float]())
    for row in 0..<example.batch {
      var graph = PlainGraph(model.network, mixtures: example.conditions[row].mixtures)
      for t in 0..<example.time {
        let index = row * example.time + t
        let input: PlainGraph.Input =
          switch example.numbers {
          case .codes(let codes): .row(Int(codes[index]))
          case .samples(let samples): .sample(Double(samples[index]))
          }
        logits += graph.step(input).map { Float($0) }
      }
      largest.merge(graph.largestInputs) { max($0, $1) }
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
      return layer.with(
        .int8(integers, scales: scales),
        input: InputQuantization(
          scale: largest[layer.path]! / (isRectified ? 255 : 127), zeroPoint: isRectified ? 0 : 128))
    }
  }
}
