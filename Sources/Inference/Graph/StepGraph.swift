import KodamaLayers
import KodamaTensors

/// One time step of a network as a graph: what the engine compiles, quantization observes, and exports write.
///
/// A node computes one vector at each step from vectors of nodes before it; `Value` names it. Weights are not in the
/// graph: its products and tables have forms here and numbers in an `InferenceNetwork`.
///
/// Nodes are grouped into stages. A stage is computed for many steps before the next one is entered where all inputs of
/// a signal are known, so a delay looks back only at values of earlier stages. The first stage computes the input of
/// the network, the last one its output; those between them have the delays and the recurrent units. A stage with a
/// recurrent unit is computed step by step.
///
/// - Source: incremental evaluation with delay lines as in Paine et al. 2016, "Fast WaveNet generation algorithm".
public struct StepGraph: Sendable, Equatable {
  /// The vector that a node computes at each step.
  public struct Value: Sendable, Hashable {
    package let index: Int
  }

  /// What a node computes.
  public enum Operation: Sendable, Equatable {
    /// The row of a table that belongs to the code before the step; that of silence at the first step.
    case row(table: Int)
    /// The sample before the step times a gain, one channel; 0 at the first step.
    case sample(gain: Double)
    /// The features of the step, which are known before its samples are.
    case features
    /// Rows of tables, each a weighted mean, added up: the same at all steps of a signal.
    case mixture(tables: [Int])
    /// A tapped delay line: the values at the steps t − (taps − 1) · dilation, …, t − dilation, t, zero before the
    /// first.
    case delay(Value, taps: Int, dilation: Int)
    /// The product with a layer's weights, and its bias.
    case product(layer: Int, Value)
    /// tanh of the first half of the channels times the logistic function of the second half.
    case gate(Value)
    /// A function of each number.
    case activation(Activation, Value)
    /// factor · (the sum of the values).
    case add([Value], factor: Double)
    /// The state of a recurrent unit: what the unit has computed at the step before; zero before the first.
    case state
    /// A gated recurrent unit of gates a, recurrent products p and its state h, where a and p have three parts, of the
    /// reset, update and new gates:
    ///
    ///     r, u = sigmoid(a + p)      n = tanh(a + r · p)      h′ = (1 − u) · n + u · h
    ///
    /// - Source: Cho et al. 2014, §2.3, with the reset gate after the product (see `RecurrentUnit.gru`).
    case recurrence(gates: Value, product: Value, state: Value)

    /// The values it is computed from.
    package var inputs: [Value] {
      switch self {
      case .row, .sample, .features, .mixture, .state: []
      case .delay(let x, _, _), .product(_, let x), .gate(let x), .activation(_, let x): [x]
      case .add(let terms, _): terms
      case .recurrence(let gates, let product, let state): [gates, product, state]
      }
    }
  }

  /// A function of one number.
  public enum Activation: Sendable, Equatable {
    /// max(x, 0).
    case relu
  }

  /// When a value is known.
  public enum Rate: Int, Sendable, Comparable {
    /// It is the same at all steps of a signal.
    case signal
    /// It is known before the samples of its step are.
    case ahead
    /// It depends on the samples before its step.
    case step

    public static func < (a: Rate, b: Rate) -> Bool { a.rawValue < b.rawValue }
  }

  /// A node of the graph.
  public struct Node: Sendable, Equatable {
    /// What it computes.
    public let operation: Operation
    /// The numbers of its vector; of a delay, those of one tap.
    public let channels: Int
    /// Its name, such as `blocks.3.gated`; that of a product is its layer's path.
    public let name: String
    /// The stage it belongs to, from 0.
    public let stage: Int
    /// When its value is known.
    public let rate: Rate
  }

  /// The form of a product's weights.
  public struct Layer: Sendable, Equatable {
    /// The convolution whose taps the product takes side by side.
    public let convolution: Convolution
    /// Whether its weights may have another precision than single.
    public let isQuantizable: Bool

    /// Its name in checkpoints, such as `blocks.3.dilated`.
    public var path: String { convolution.weight.path }
    /// Channels of its output.
    public var outputs: Int { convolution.geometry.outputChannels }
    /// Channels of its input.
    public var channels: Int { convolution.geometry.inputChannels }
    /// The kernel size.
    public var taps: Int { convolution.geometry.kernelSize }
    /// Whether it has a bias.
    public var hasBias: Bool { convolution.hasBias }
    /// The sizes.
    var form: InferenceLayer.Form {
      InferenceLayer.Form(path: path, outputs: outputs, channels: channels, taps: taps, hasBias: hasBias)
    }
  }

  /// The nodes, each after those it is computed from.
  public private(set) var nodes: [Node] = []
  /// The layers, in the order of their products.
  public private(set) var layers: [Layer] = []
  /// The tables of rows.
  public private(set) var tables: [Embedding] = []
  /// The network's output: the input of its distribution.
  public private(set) var output = Value(index: -1)
  private var stage = 0

  /// A graph without nodes.
  public init() {}

  /// The node that computes a value.
  public subscript(value: Value) -> Node { nodes[value.index] }

  /// The number of stages.
  public var stageCount: Int { stage + 1 }
}

// Writing a graph, node after node.
extension StepGraph {
  /// Opens the next stage.
  public mutating func beginStage() { stage += 1 }

  /// The row of the code before each step.
  public mutating func row(of table: Embedding, name: String) -> Value {
    tables.append(table)
    return append(.row(table: tables.count - 1), channels: table.channels, name: name, rate: .step)
  }

  /// The sample before each step, times a gain.
  public mutating func sample(gain: Double, name: String) -> Value {
    append(.sample(gain: gain), channels: 1, name: name, rate: .step)
  }

  /// The features of each step.
  public mutating func features(channels: Int, name: String) -> Value {
    append(.features, channels: channels, name: name, rate: .ahead)
  }

  /// The sum of weighted means of rows, one mean for each table.
  ///
  /// - Precondition: all tables have the same number of channels.
  public mutating func mixture(of rows: [Embedding], name: String) -> Value {
    precondition(Set(rows.map(\.channels)).count == 1, "tables of \(rows.map(\.channels)) channels cannot be added")
    let first = tables.count
    tables += rows
    return append(
      .mixture(tables: Array(first..<tables.count)), channels: rows[0].channels, name: name, rate: .signal)
  }

  /// A causal convolution: a delay line where the kernel has several taps, and the product with its weights.
  ///
  /// - Parameter isQuantizable: whether its weights may have another precision than single.
  /// - Precondition: one group and stride 1; the channels fit.
  public mutating func convolution(_ convolution: Convolution, _ x: Value, isQuantizable: Bool = true) -> Value {
    let (geometry, path) = (convolution.geometry, convolution.weight.path)
    precondition(
      self[x].channels == geometry.inputChannels,
      "\(path) takes \(geometry.inputChannels) channels, not \(self[x].channels)")
    var input = x
    if geometry.kernelSize > 1 {
      input = append(
        .delay(x, taps: geometry.kernelSize, dilation: geometry.dilation), channels: geometry.inputChannels,
        name: path + ".taps", rate: .step)
    }
    layers.append(Layer(convolution: convolution, isQuantizable: isQuantizable))
    return append(
      .product(layer: layers.count - 1, input), channels: geometry.outputChannels, name: path, rate: self[input].rate)
  }

  /// The gated half of a value's channels.
  public mutating func gate(_ x: Value, name: String) -> Value {
    precondition(self[x].channels % 2 == 0, "\(self[x].channels) channels have no halves")
    return append(.gate(x), channels: self[x].channels / 2, name: name, rate: self[x].rate)
  }

  /// A function of each number of a value.
  public mutating func activation(_ activation: Activation, _ x: Value, name: String) -> Value {
    append(.activation(activation, x), channels: self[x].channels, name: name, rate: self[x].rate)
  }

  /// The sum of values times a factor; a single value that is not scaled is that value.
  ///
  /// - Precondition: at least one value, and all have the same channels.
  public mutating func add(_ terms: [Value], factor: Double = 1, name: String) -> Value {
    precondition(
      Set(terms.map { self[$0].channels }).count == 1, "\(name) cannot add \(terms.map { self[$0].channels }) channels")
    if terms.count == 1 && factor == 1 { return terms[0] }
    let rate = terms.map { self[$0].rate }.max() ?? .signal
    return append(.add(terms, factor: factor), channels: self[terms[0]].channels, name: name, rate: rate)
  }

  /// A gated recurrent unit: its state, the recurrent product, and what it computes.
  ///
  /// - Parameters:
  ///   - hidden: the recurrent product with its bias, [3 · units, units].
  ///   - gates: the other products, [3 · units].
  /// - Precondition: a pointwise convolution; gates of an earlier stage that depend on the step; neither the first stage
  ///   nor the last.
  public mutating func recurrence(_ hidden: Convolution, gates: Value, name: String) -> Value {
    let geometry = hidden.geometry
    let units = geometry.inputChannels
    precondition(
      geometry.kernelSize == 1 && geometry.outputChannels == 3 * units && self[gates].channels == 3 * units
        && self[gates].stage < stage && self[gates].rate == .step,
      "\(name): \(self[gates].channels) gates and \(geometry.outputChannels) products of \(units) units")
    let state = append(.state, channels: units, name: name + ".state", rate: .step)
    let product = convolution(hidden, state)
    return append(
      .recurrence(gates: gates, product: product, state: state), channels: units, name: name, rate: .step)
  }

  /// The graph with the weights of all layers as they are: normalized ones multiplied out.
  package var withoutWeightNormalization: StepGraph {
    var graph = self
    graph.layers = layers.map { layer in
      Layer(
        convolution: Convolution(layer.path, layer.convolution.geometry, bias: layer.hasBias),
        isQuantizable: layer.isQuantizable)
    }
    return graph
  }

  /// Makes a value the output of the network.
  public mutating func setOutput(_ value: Value) { output = value }

  private mutating func append(_ operation: Operation, channels: Int, name: String, rate: Rate) -> Value {
    for input in operation.inputs {
      precondition(nodes.indices.contains(input.index), "\(name) is computed from a value of another graph")
    }
    nodes.append(Node(operation: operation, channels: channels, name: name, stage: stage, rate: rate))
    return Value(index: nodes.count - 1)
  }
}

// What follows from the nodes.
extension StepGraph {
  /// The values, in the order of the nodes.
  package var values: [Value] { nodes.indices.map { Value(index: $0) } }

  /// For every value those that are computed from it.
  package var consumers: [[Value]] {
    var consumers = [[Value]](repeating: [], count: nodes.count)
    for value in values {
      for input in self[value].operation.inputs { consumers[input.index].append(value) }
    }
    return consumers
  }

  /// The recurrent units, in the order of the nodes: what each computes, and its state, gates and layer.
  package var recurrences: [(unit: Value, state: Value, gates: Value, layer: Int)] {
    values.compactMap { value in
      guard case .recurrence(let gates, let product, let state) = self[value].operation,
        case .product(let layer, _) = self[product].operation
      else { return nil }
      return (value, state, gates, layer)
    }
  }

  /// The value that each layer takes: layers that share their input share a value.
  package var layerInputs: [Value] {
    nodes.compactMap { if case .product(_, let x) = $0.operation { x } else { nil } }
  }

  /// The layers whose weights may have another precision than single.
  public var quantizableLayers: [Layer] { layers.filter(\.isQuantizable) }

  /// Whether no number of a value can be negative.
  package func isNonnegative(_ value: Value) -> Bool {
    switch self[value].operation {
    case .activation(.relu, _): true
    case .delay(let x, _, _): isNonnegative(x)
    case .row, .sample, .features, .mixture, .product, .gate, .add, .state, .recurrence: false
    }
  }

  /// The integer that represents 0 among the inputs of a layer: 0 where none is negative, else 128.
  package func zeroPoint(ofLayer layer: Int) -> Int { isNonnegative(layerInputs[layer]) ? 0 : 128 }
}
