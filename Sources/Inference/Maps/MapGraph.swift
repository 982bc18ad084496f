import KodamaLayers
import KodamaTensors

/// A convolutional network on maps of one size, as a list of operators with their numbers: what the engine of maps
/// compiles, and exports write.
///
/// It is found by following one pass through a network (`init(of:input:_:)`), so that a network needs no other
/// description than its layers.
public struct MapGraph: Sendable, Equatable {
  /// The result of a node.
  public struct Value: Sendable, Hashable {
    package let index: Int
  }

  /// What a node computes.
  public enum Operation: Sendable, Equatable {
    /// The map given to the network.
    case input
    /// A convolution.
    case convolution(Value, MapConvolution)
    /// scale · x + shift of each channel.
    case affine(Value, scale: [Float], shift: [Float])
    /// A function of each number.
    case activation(Activation, Value)
    /// The sum of two values of one shape.
    case sum(Value, Value)
    /// Values one after the other along the channels.
    case concatenation([Value])
    /// The maximum or mean under windows.
    case pooling(PoolingGeometry, Value)
    /// The mean of each channel over all positions: [1, H, W, C] → [1, C].
    case average(Value)
    /// weight · x + bias, [1, I] → [1, O]; the weight is [O, I], the bias [O].
    case linear(Value, weight: Tensor<Float>, bias: [Float])

    /// The values it is computed from.
    package var inputs: [Value] {
      switch self {
      case .input: []
      case .convolution(let x, _), .affine(let x, _, _), .activation(_, let x), .pooling(_, let x), .average(let x),
        .linear(let x, _, _):
        [x]
      case .sum(let a, let b): [a, b]
      case .concatenation(let parts): parts
      }
    }
  }

  /// A node.
  public struct Node: Sendable, Equatable {
    /// What it computes.
    public var operation: Operation
    /// The shape of its result: [1, H, W, C], or [1, C].
    public let shape: Shape
    /// Its name, of its own: of convolutions and linear layers the path, of others the kind and a number.
    public let name: String
    /// The weights as integers, where the layer is quantized. Those of the operation are the numbers that they represent.
    public var integers: MapIntegers?
  }

  /// The nodes, each after those it is computed from; the first is the input.
  public let nodes: [Node]
  /// The results.
  public let outputs: [Value]

  /// A graph.
  ///
  /// - Precondition: every node comes after its inputs, the first is the only input, and names are distinct.
  package init(nodes: [Node], outputs: [Value]) {
    precondition(nodes.first?.operation == .input, "a graph begins with its input")
    for (index, node) in nodes.enumerated() {
      precondition(
        (node.operation == .input) == (index == 0) && node.operation.inputs.allSatisfy { $0.index < index },
        "\(node.name) comes before what it is computed from")
    }
    precondition(Set(nodes.map(\.name)).count == nodes.count, "two nodes have one name")
    for case (let node, .concatenation(let parts)) in nodes.map({ ($0, $0.operation) }) {
      precondition(
        parts.reduce(0) { $0 + nodes[$1.index].shape.last } == node.shape.last,
        "the parts of \(node.name) do not fill its \(node.shape.last) channels")
    }
    self.nodes = nodes
    self.outputs = outputs
  }

  /// The shape of the input, [1, H, W, C].
  public var inputShape: Shape { nodes[0].shape }
  /// The values in order.
  package var values: [Value] { nodes.indices.map(Value.init) }
  package subscript(_ value: Value) -> Node { nodes[value.index] }

  /// The number of uses of each value, by nodes and as an output.
  package var uses: [Int] {
    var counts = [Int](repeating: 0, count: nodes.count)
    for value in nodes.flatMap(\.operation.inputs) + outputs { counts[value.index] += 1 }
    return counts
  }
}

/// A convolution with its numbers.
public struct MapConvolution: Sendable, Equatable {
  /// The sizes.
  public let geometry: ConvolutionGeometry
  /// The weight, as `geometry.weightShape`.
  public var weight: Tensor<Float>
  /// The bias of each output; empty for none.
  public var bias: [Float]
}

/// The weights of a convolution or a linear layer on maps as integers of 8 bits (see `InferenceLayer`).
public struct MapIntegers: Sendable, Equatable {
  /// In the order of the weight.
  package let weights: [Int8]
  /// One for each output.
  package var scales: [Float]
  /// How the layer's input becomes integers.
  package let input: InputQuantization
}

extension MapGraph {
  /// The same network with affine transforms of a convolution's output multiplied into its weight: what batch
  /// normalization is in use.
  package var folded: MapGraph {
    let uses = uses
    var (nodes, places) = ([Node](), [Value]())
    for node in self.nodes {
      if case .affine(let x, let scale, let shift) = node.operation, uses[x.index] == 1,
        case .convolution(let input, let convolution) = nodes[places[x.index].index].operation
      {
        // The convolution keeps its place and its name.
        let place = places[x.index]
        nodes[place.index].operation = .convolution(input, convolution.scaled(by: scale, adding: shift))
        if let scales = nodes[place.index].integers?.scales {
          nodes[place.index].integers?.scales = zip(scales, scale).map(*)
        }
        places.append(place)
        continue
      }
      var copy = node
      copy.operation = node.operation.renamed { places[$0.index] }
      nodes.append(copy)
      places.append(Value(index: nodes.count - 1))
    }
    return MapGraph(nodes: nodes, outputs: outputs.map { places[$0.index] })
  }
}

extension MapGraph.Operation {
  fileprivate func renamed(_ place: (MapGraph.Value) -> MapGraph.Value) -> Self {
    switch self {
    case .input: .input
    case .convolution(let x, let convolution): .convolution(place(x), convolution)
    case .affine(let x, let scale, let shift): .affine(place(x), scale: scale, shift: shift)
    case .activation(let function, let x): .activation(function, place(x))
    case .sum(let a, let b): .sum(place(a), place(b))
    case .concatenation(let parts): .concatenation(parts.map(place))
    case .pooling(let geometry, let x): .pooling(geometry, place(x))
    case .average(let x): .average(place(x))
    case .linear(let x, let weight, let bias): .linear(place(x), weight: weight, bias: bias)
    }
  }
}

extension MapConvolution {
  /// The convolution followed by scale · y + shift.
  fileprivate func scaled(by scale: [Float], adding shift: [Float]) -> MapConvolution {
    let inputs = weight.count / geometry.outputChannels
    var result = self
    let elements = weight.elements
    result.weight = Tensor(weight.shape, elements.indices.map { elements[$0] * scale[$0 / inputs] })
    result.bias = shift.indices.map { shift[$0] + (bias.isEmpty ? 0 : bias[$0] * scale[$0]) }
    return result
  }
}
