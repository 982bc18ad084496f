import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaTensors
import KodamaWaveNets

/// Rounds a trained model's weights to fewer bits, without training.
///
/// - `bf16`: each weight to the nearest number of 16 bits.
/// - `int8`: to the nearest integer of 8 bits, with the scale of each output that gives the least squared error.
/// - `int4`: likewise with a scale for each group of inputs; each weight is rounded so that it makes up for the
///   rounding of those before it, as far as inputs that were observed allow (see `ErrorFeedback`).
/// - `ternary` and `binary`: to the nearest of three or two numbers, with the scale of each output that gives the least
///   squared error; for models that were trained so (see `WeightRounder`).
///
/// Biases and the scales of weights are rounded to bfloat16, tables of embeddings as the scheme has it: rows of integers of 8
/// bits, or bfloat16. Weights that are multiples of a scale already stay as they are. The layers' inputs, of 8 bits where weights are integers, have one scale each, with the least squared error over the same inputs.
public struct Quantizer: Sendable {
  private let model: WaveNetModel
  private let calibration: Calibration?
  private let workers: Workers

  /// - Parameter calibration: observed inputs of the layers; needed unless no layer gets integers.
  public init(_ model: WaveNetModel, calibration: Calibration?, workers: Workers = .all) {
    self.model = model
    self.calibration = calibration
    self.workers = workers
  }

  /// The model with its layers in the given precisions. The result does not depend on the number of threads.
  ///
  /// - Precondition: there is a calibration where a layer gets integers.
  public func quantized(_ quantization: Quantization) -> InferenceModel {
    quantized(quantization, of: InferenceModel(model))
  }

  /// The same of other weights, such as pruned ones, with the inputs that were observed of the model.
  ///
  /// - Precondition: a model of the same layers, in single precision; as above.
  func quantized(_ quantization: Quantization, of model: InferenceModel) -> InferenceModel {
    let graph = model.network.graph
    let inputs = Dictionary(uniqueKeysWithValues: zip(graph.layers.map(\.path), graph.layerInputs))
    let groups = Dictionary(grouping: model.layers) { inputs[$0.path] }.values.map { $0 }
    let rounded = Locked<[String: InferenceLayer]>([:])
    workers.forEach(parts: groups.count) { part in
      for layer in round(groups[part], quantization) { rounded.withLock { $0[layer.path] = layer } }
    }
    let layers = rounded.withLock { $0 }
    return model.mapLayers { layers[$0.path] ?? $0 }.mapTables { Self.roundedTable($0, quantization.scheme) }
  }

  /// A table rounded: where weights are integers each row to integers of 8 bits, else to bfloat16.
  static func roundedTable(_ table: Tensor<Float>, _ scheme: Precision) -> Tensor<Float> {
    if scheme == .float32 { return table }
    var values = table.elements
    if scheme.hasIntegerInputs {
      let form = WeightForm(outputs: table.shape[0], channels: table.shape[1], taps: 1)
      values.withUnsafeMutableBufferPointer { form.round($0, outputs: 0..<table.shape[0], .int8) }
    } else {
      values = values.map { BFloat16(clamping: $0).float }
    }
    return Tensor(table.shape, values)
  }

  /// Rounds layers that share their input, whose statistics are computed once.
  private func round(_ layers: [InferenceLayer], _ quantization: Quantization) -> [InferenceLayer] {
    let precisions = layers.map { quantization.precision(of: $0.path) }
    var (input, feedback): (InputQuantization?, ErrorFeedback?)
    if let index = precisions.firstIndex(where: \.hasIntegerInputs) {
      guard let calibration else { preconditionFailure("\(layers[index].path) gets integers without a calibration") }
      input = calibration.quantization(ofLayer: layers[index].path)
      if precisions.contains(where: \.hasGroups) {
        feedback = ErrorFeedback(calibration.inputs(ofLayer: layers[index].path))
      }
    }
    return zip(layers, precisions).map { layer, precision in
      LayerRounding(precision: precision, input: input, feedback: feedback).round(layer)
    }
  }
}

extension Quantization {
  /// Whether any layer of a network gets integers, whose scales need a calibration.
  public func needsCalibration(_ configuration: WaveNetConfiguration) -> Bool {
    WaveNet(configuration).stepGraph.quantizableLayers.contains { precision(of: $0.path).hasIntegerInputs }
  }
}
