import KodamaLayers
import KodamaTensors

// Quantization: layers of a graph as those of any network, and back.
extension MapGraph {
  /// The layers whose weights may be integers, in the order in which they are computed: linear layers, and convolutions
  /// of one group. Their taps are the positions of a kernel, row by row.
  package var quantizableLayers: [InferenceLayer] { nodes.compactMap(\.layer) }

  /// The integer that represents 0 among the inputs of each quantizable layer: 0 where none is negative, else 128.
  package var zeroPoints: [String: Int] {
    var isNonnegative: [Bool] = []
    var points: [String: Int] = [:]
    for node in nodes {
      let inputs = node.operation.inputs.map { isNonnegative[$0.index] }
      if node.layer != nil { points[node.name] = inputs.allSatisfy { $0 } ? 0 : 128 }
      let holds =
        switch node.operation {
        case .activation(.relu, _), .activation(.relu6, _): true
        case .sum, .concatenation, .pooling, .average: inputs.allSatisfy { $0 }
        case .input, .convolution, .affine, .activation, .linear: false
        }
      isNonnegative.append(holds)
    }
    return points
  }

  /// The graph with the weights of some layers.
  ///
  /// - Precondition: quantizable layers of the graph, in single precision or of 8 bits.
  package func replacing(_ layers: [InferenceLayer]) -> MapGraph {
    let layers = Dictionary(uniqueKeysWithValues: layers.map { ($0.path, $0) })
    return MapGraph(
      nodes: nodes.map { node in layers[node.name].map { node.with($0) } ?? node }, outputs: outputs)
  }
}

extension MapGraph.Node {
  /// Its layer in single precision; nil of a node that is none, or none that may have integers.
  fileprivate var layer: InferenceLayer? {
    switch operation {
    case .convolution(_, let convolution) where convolution.geometry.groups == 1:
      let geometry = convolution.geometry
      return InferenceLayer(
        path: name, outputs: geometry.outputChannels, channels: geometry.inputChannels,
        taps: geometry.windows.reduce(1) { $0 * $1.kernelSize }, weights: .float32(convolution.weight.elements),
        bias: convolution.bias.isEmpty ? nil : convolution.bias)
    case .linear(_, let weight, let bias):
      return InferenceLayer(
        path: name, outputs: weight.shape[0], channels: weight.shape[1], taps: 1, weights: .float32(weight.elements),
        bias: bias)
    default: return nil
    }
  }

  /// The node with the weights of a layer.
  fileprivate func with(_ layer: InferenceLayer) -> Self {
    var node = self
    node.integers = nil
    switch operation {
    case .convolution(let x, var convolution):
      precondition(convolution.geometry.groups == 1, "\(layer.path) is a convolution of groups")
      convolution.weight = Tensor(convolution.weight.shape, layer.dequantized)
      node.operation = .convolution(x, convolution)
    case .linear(let x, let weight, let bias):
      node.operation = .linear(x, weight: Tensor(weight.shape, layer.dequantized), bias: bias)
    default: preconditionFailure("\(name) has no weights")
    }
    if case .integers(let precision, let weights, let scales) = layer.weights, let input = layer.input {
      precondition(precision == .int8, "\(layer.path): weights of maps have 8 bits or single precision")
      node.integers = MapIntegers(weights: weights, scales: scales, input: input)
    }
    return node
  }
}
