import KodamaInference
import KodamaLayers
import KodamaCore

/// Rounds the weights of a network on maps to integers of 8 bits, without training: those of linear layers and of
/// convolutions of one group, to the nearest integer with the scale of each output that gives the least squared error. Their
/// inputs have one scale each, with the least squared error over inputs that were observed.
///
/// Depthwise convolutions, of few weights, and normalization stay in single precision.
public struct MapQuantizer: Sendable {
  private let graph: MapGraph
  private let inputs: [String: InputQuantization]
  private let workers: Workers

  /// The positions of a layer's input whose numbers are observed: about so many, spread over all maps.
  private static let positions = 1024

  /// Observes a network.
  ///
  /// - Parameters:
  ///   - graph: in single precision.
  ///   - count: the number of maps.
  ///   - map: the numbers of each, of the shape of the graph's input; called on several threads.
  /// - Throws: what `map` throws; `CompressionFault.notFinite`.
  /// - Precondition: at least one map.
  public init(
    _ graph: MapGraph, observing count: Int, workers: Workers = .all, map: @Sendable (Int) throws -> [Float]
  ) throws {
    precondition(count > 0, "no maps to observe")
    let layers = graph.quantizableLayers
    let observed = try Self.observe(graph, layers, count, workers, map)
    let zeroPoints = graph.zeroPoints
    let found = workers.map(parts: layers.count) { index in
      let (path, values) = (layers[index].path, observed[layers[index].path] ?? [])
      guard let zeroPoint = zeroPoints[path] else { preconditionFailure("\(path) is no layer of the graph") }
      let scale = values.withUnsafeBufferPointer {
        IntegerGrid.inputs(zeroPoint: zeroPoint).scale(of: $0, ratios: IntegerGrid.inputRatios)
      }
      return (path, InputQuantization(scale: scale, zeroPoint: zeroPoint))
    }
    (self.graph, self.workers) = (graph, workers)
    inputs = Dictionary(uniqueKeysWithValues: found)
  }

  /// The layers that are integers in some precisions. They do not depend on the number of threads.
  ///
  /// - Precondition: integers of 8 bits, or single precision.
  func layers(_ quantization: Quantization) -> [InferenceLayer] {
    let layers = graph.quantizableLayers.filter { quantization.precision(of: $0.path).hasIntegerInputs }
    return workers.map(parts: layers.count) { index in
      LayerRounding(
        precision: quantization.precision(of: layers[index].path), input: inputs[layers[index].path], feedback: nil
      ).round(layers[index])
    }
  }

  /// The network with its layers in the given precisions. It does not depend on the number of threads.
  ///
  /// - Precondition: integers of 8 bits, or single precision.
  public func quantized(_ quantization: Quantization) -> MapGraph { graph.replacing(layers(quantization)) }

  /// Numbers of the inputs of layers, by the layer's path.
  private static func observe(
    _ graph: MapGraph, _ layers: [InferenceLayer], _ count: Int, _ workers: Workers,
    _ map: @Sendable (Int) throws -> [Float]
  ) throws -> [String: [Float]] {
    let engines = MapEngines(MapProgram(graph))
    let channels = Dictionary(uniqueKeysWithValues: layers.map { ($0.path, $0.channels) })
    let most = (positions + count - 1) / count
    let found = workers.map(parts: count) { index in
      Result {
        var values: [String: [Float]] = [:]
        let numbers = try map(index)
        _ = engines.use {
          $0.run(numbers) { layer, rows in
            guard let channels = channels[layer] else { return }
            let width = rows[0].count / channels
            let all = rows.count * width
            let kept = min(all, most)
            values[layer] = (0..<kept).flatMap { number in
              let (row, column) = ((2 * number + 1) * all / (2 * kept)).quotientAndRemainder(dividingBy: width)
              return rows[row][column * channels..<(column + 1) * channels]
            }
          }
        }
        return values
      }
    }
    var values: [String: [Float]] = [:]
    for result in found { try values.merge(result.get()) { $0 + $1 } }
    if let layer = layers.first(where: { !(values[$0.path]?.allSatisfy(\.isFinite) ?? false) }) {
      throw CompressionFault.notFinite(layer: layer.path)
    }
    return values
  }
}
