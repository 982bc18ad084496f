import KodamaCheckpoints
import KodamaLayers
import KodamaTensors

/// A step graph with its numbers: weights in the precision of each layer, and tables. Any network of the package that
/// is written as a graph is stored, quantized, run and exported in this form.
public struct InferenceNetwork: Sendable, Equatable {
  /// The structure.
  public let graph: StepGraph
  /// The numbers of the graph's layers, in their order.
  public let layers: [InferenceLayer]
  /// The graph's tables, in their order, each [rows, channels].
  public let tables: [Tensor<Float>]

  /// A graph with given numbers.
  ///
  /// - Precondition: the sizes are the graph's, layers that are not quantizable are in single precision, and quantized
  ///   layers that share their input have the same quantization of it.
  public init(_ graph: StepGraph, layers: [InferenceLayer], tables: [Tensor<Float>]) {
    precondition(
      layers.count == graph.layers.count && tables.count == graph.tables.count,
      "\(layers.count) layers and \(tables.count) tables for a graph of \(graph.layers.count) and \(graph.tables.count)"
    )
    for (layer, form) in zip(layers, graph.layers) {
      precondition(
        layer.path == form.path && layer.outputs == form.outputs && layer.channels == form.channels
          && layer.taps == form.taps && (layer.bias != nil) == form.hasBias
          && (form.isQuantizable || layer.precision == .float32), "\(layer.path) takes the place of \(form.path)")
    }
    for (table, form) in zip(tables, graph.tables) {
      precondition(table.shape == [form.classes, form.channels], "a table of shape \(table.shape)")
    }
    if let (a, b) = Self.disagreeing(layers, graph) {
      preconditionFailure("\(layers[b].path) and \(layers[a].path) have one input, not two")
    }
    self.graph = graph
    self.layers = layers
    self.tables = tables
  }

  /// A graph in single precision, normalized weights multiplied out.
  ///
  /// - Precondition: the parameters contain those that the graph's layers and tables declare.
  public init(_ graph: StepGraph, _ parameters: Parameters<Float>) {
    self.init(
      graph.withoutWeightNormalization, layers: graph.layers.map { InferenceLayer($0.convolution, parameters) },
      tables: graph.tables.map { $0.table(from: parameters) })
  }

  /// The first two layers that share their input and quantize it differently.
  private static func disagreeing(_ layers: [InferenceLayer], _ graph: StepGraph) -> (Int, Int)? {
    var first: [StepGraph.Value: Int] = [:]
    for (index, value) in graph.layerInputs.enumerated() where layers[index].input != nil {
      if let other = first[value], layers[other].input != layers[index].input { return (other, index) }
      if first[value] == nil { first[value] = index }
    }
    return nil
  }

  /// The layers that may be quantized, in the order in which they are computed.
  public var quantizableLayers: [InferenceLayer] {
    zip(graph.layers, layers).filter(\.0.isQuantizable).map(\.1)
  }

  /// The same network with other quantizable layers; each is given in turn.
  ///
  /// - Precondition: paths and sizes stay.
  public func mapLayers(_ transform: (InferenceLayer) throws -> InferenceLayer) rethrows -> InferenceNetwork {
    InferenceNetwork(
      graph, layers: try zip(graph.layers, layers).map { $0.isQuantizable ? try transform($1) : $1 }, tables: tables)
  }

  /// The same network with other tables; each is given in turn.
  ///
  /// - Precondition: shapes stay.
  public func mapTables(_ transform: (Tensor<Float>) throws -> Tensor<Float>) rethrows -> InferenceNetwork {
    InferenceNetwork(graph, layers: layers, tables: try tables.map(transform))
  }

  /// Bytes of all tensors in a file: weights, scales, biases and tables.
  public var storedBytes: Int { stored.reduce(0) { $0 + $1.byteCount } }
}

// The tensors in files: those of the layers as `InferenceLayer` documents them, and the tables.
extension InferenceNetwork {
  /// What a file must contain.
  ///
  /// - Parameter file: which tells of which layers blocks are left out.
  package static func forms(
    _ graph: StepGraph, _ quantization: Quantization, in file: SafetensorsReader
  ) -> [TensorForm] {
    graph.tables.flatMap(\.declarations).flatMap { TableFile.forms($0, in: file) }
      + graph.layers.flatMap { InferenceLayer.forms($0.form, quantization.precision(of: $0), in: file) }
  }

  /// Reads the numbers of a graph from a file that contains its `forms`.
  ///
  /// - Throws: `FileFault.cannotRead`; `CheckpointFault.notFinite`, `.badElement`.
  package init(_ graph: StepGraph, _ quantization: Quantization, from file: SafetensorsReader) throws {
    let layers = try graph.layers.enumerated().map { index, layer in
      try InferenceLayer(
        layer.form, quantization.precision(of: layer), zeroPoint: graph.zeroPoint(ofLayer: index), from: file)
    }
    if let (a, b) = Self.disagreeing(layers, graph), let expected = layers[a].input, let found = layers[b].input {
      throw CheckpointFault.badElement(
        path: file.path, tensor: layers[b].path + ".input_scale", index: 0, value: "\(found.scale)",
        expected: "\(expected.scale), that of \(layers[a].path), which has the same input")
    }
    self.init(
      graph, layers: layers, tables: try graph.tables.flatMap(\.declarations).map { try TableFile.read($0, from: file) }
    )
  }

  /// The tensors for a file.
  package var stored: [StoredTensor] {
    let isQuantized = layers.contains { $0.precision != .float32 }
    return zip(graph.tables.flatMap(\.declarations), tables).flatMap {
      TableFile.stored($0.name, $1, isQuantized: isQuantized)
    } + layers.flatMap(\.stored)
  }
}

/// A row of a table and its share of a weighted mean.
public struct RowShare: Sendable, Hashable {
  /// The index of the row.
  public let row: Int
  /// Its weight; those of a mean sum to 1.
  public let weight: Double

  /// A share of a row.
  public init(_ row: Int, _ weight: Double) {
    self.row = row
    self.weight = weight
  }
}

extension InferenceNetwork {
  /// The values that are the same at all steps of a signal. Sums are of double precision, results rounded to single.
  ///
  /// - Parameter mixtures: the shares of the rows of each table of the graph's mixture.
  /// - Precondition: as many means as the mixture has tables; no gates, activations or delays among these values.
  package func signalValues(_ mixtures: [[RowShare]]) -> [StepGraph.Value: [Float]] {
    var values: [StepGraph.Value: [Double]] = [:]
    for value in graph.values where graph[value].rate == .signal {
      switch graph[value].operation {
      case .mixture(let tables):
        precondition(mixtures.count == tables.count, "means of \(mixtures.count) tables, not \(tables.count)")
        var vector = [Double](repeating: 0, count: graph[value].channels)
        for (table, mixture) in zip(tables, mixtures) {
          for share in mixture {
            let row = self.tables[table].row(share.row)
            for channel in vector.indices { vector[channel] += share.weight * Double(row[channel]) }
          }
        }
        values[value] = vector
      case .product(let index, let x):
        let (layer, weights, vector) = (layers[index], layers[index].dequantized, values[x] ?? [])
        values[value] = (0..<layer.outputs).map { output in
          vector.indices.reduce(Double(layer.bias?[output] ?? 0)) {
            $0 + Double(weights[output * vector.count + $1]) * vector[$1]
          }
        }
      case .add(let terms, let factor):
        let sums = terms.dropFirst().reduce(values[terms[0]] ?? []) { sum, term in
          zip(sum, values[term] ?? []).map { $0 + $1 }
        }
        values[value] = sums.map { factor * $0 }
      case .row, .sample, .features, .delay, .gate, .activation, .state, .recurrence:
        preconditionFailure("\(graph[value].name) is not evaluated once for a signal")
      }
    }
    return values.mapValues { $0.map { Float($0) } }
  }
}

extension Tensor<Float> {
  /// A row of a table [rows, channels].
  package func row(_ index: Int) -> [Float] {
    part(index * shape[1]..<(index + 1) * shape[1], shape: [shape[1]]).elements
  }
}
