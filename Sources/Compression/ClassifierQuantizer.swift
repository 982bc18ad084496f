import KodamaClassifiers
import KodamaCore
import KodamaInference
import KodamaLayers

/// Rounds the weights of a trained classifier to integers of 8 bits, without training: those of convolutions of one
/// group and of heads, to the nearest integer with the scale of each output that gives the least squared error. Their
/// inputs have one scale each, with the least squared error over inputs that were observed on recordings.
///
/// Depthwise convolutions, of few weights, and normalization stay in single precision.
public struct ClassifierQuantizer: Sendable {
  private let model: ClassifierModel
  private let inputs: [String: InputQuantization]
  private let workers: Workers

  /// The positions of a layer's input whose numbers are observed: about so many, spread over all windows.
  private static let positions = 1024

  /// Observes a model on windows of sound.
  ///
  /// - Parameter windows: the samples of each at the model's rate, at most as many as a window has.
  /// - Throws: `SpectraFault`; `ClassifierFault.quantized`; `CompressionFault.notFinite`.
  /// - Precondition: at least one window.
  public init(_ model: ClassifierModel, observing windows: [[Float]], workers: Workers = .all) throws {
    precondition(!windows.isEmpty, "no windows to observe")
    if let quantization = model.quantization { throw ClassifierFault.quantized(quantization.scheme) }
    let observed = try ObservedInputs(model, windows, positions: Self.positions, workers: workers)
    let (zeroPoints, layers) = (model.graph.zeroPoints, model.quantizableLayers)
    let found = workers.map(parts: layers.count) { index in
      let (path, values) = (layers[index].path, observed.values[layers[index].path] ?? [])
      guard let zeroPoint = zeroPoints[path] else { preconditionFailure("\(path) is no layer of the graph") }
      let scale = values.withUnsafeBufferPointer {
        IntegerGrid.inputs(zeroPoint: zeroPoint).scale(of: $0, ratios: IntegerGrid.inputRatios)
      }
      return (path, InputQuantization(scale: scale, zeroPoint: zeroPoint))
    }
    (self.model, self.workers) = (model, workers)
    inputs = Dictionary(uniqueKeysWithValues: found)
  }

  /// The model with its layers in the given precisions. The result does not depend on the number of threads.
  ///
  /// - Precondition: integers of 8 bits, or single precision.
  public func quantized(_ quantization: Quantization) -> ClassifierModel {
    let layers = model.quantizableLayers.filter { quantization.precision(of: $0.path).hasIntegerInputs }
    return model.replacing(
      workers.map(parts: layers.count) { index in
        LayerRounding(
          precision: quantization.precision(of: layers[index].path), input: inputs[layers[index].path], feedback: nil
        ).round(layers[index])
      })
  }
}

/// Numbers of the inputs of a classifier's layers.
private struct ObservedInputs {
  /// By the layer's path.
  private(set) var values: [String: [Float]] = [:]

  /// - Parameter positions: how many positions of an input are kept, about.
  /// - Throws: `SpectraFault`; `CompressionFault.notFinite`.
  init(_ model: ClassifierModel, _ windows: [[Float]], positions: Int, workers: Workers) throws {
    let features = try FeatureMap(model.configuration)
    let program = MapProgram(model.graph)
    let channels = Dictionary(uniqueKeysWithValues: model.quantizableLayers.map { ($0.path, $0.channels) })
    let size = model.configuration.windowSamples
    let found = workers.map(parts: windows.count) { index in
      Result {
        var values: [String: [Float]] = [:]
        let map = try features.map(windows[index], offset: (size - windows[index].count) / 2)
        _ = MapEngine(program).run(map) { layer, rows in
          guard let channels = channels[layer] else { return }
          let width = rows[0].count / channels
          let all = rows.count * width
          let kept = min(all, (positions + windows.count - 1) / windows.count)
          values[layer] = (0..<kept).flatMap { number in
            let (row, column) = ((2 * number + 1) * all / (2 * kept)).quotientAndRemainder(dividingBy: width)
            return rows[row][column * channels..<(column + 1) * channels]
          }
        }
        return values
      }
    }
    for result in found { try values.merge(result.get()) { $0 + $1 } }
    if let layer = model.quantizableLayers.first(where: { !(values[$0.path]?.allSatisfy(\.isFinite) ?? false) }) {
      throw CompressionFault.notFinite(layer: layer.path)
    }
  }
}
