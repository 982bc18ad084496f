import KodamaCheckpoints
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaWaveNets

extension InferenceModel {
  /// Loads a model and converts all its layers to one precision, calibrated on signals that the model itself generates.
  ///
  /// - Parameter precision: nil for what the folder holds.
  /// - Throws: as `load(_:)`; `CompressionFault.otherPrecision` where the folder holds a model that is quantized
  ///   otherwise, `.notFinite`; `GenerationFault`.
  public static func load(
    _ location: ModelLocation, precision: Precision?, workers: Workers = .all
  ) throws -> InferenceModel {
    let model = try load(location)
    guard let precision else { return model }
    if let actual = model.quantization {
      if actual.scheme == precision { return model }
      throw CompressionFault.otherPrecision(path: location.folder, actual: actual.scheme, asked: precision)
    }
    if precision == .float32 { return model }
    return try WaveNetModel.load(location).quantized(Quantization(precision), workers: workers)
  }
}

extension WaveNetModel {
  /// The model with its layers in the given precisions, calibrated on signals that it generates where that is needed.
  ///
  /// - Parameter conditions: what it generates; nil for signals of many labels, of a model that is not conditioned on
  ///   features.
  /// - Throws: `GenerationFault`; `CompressionFault.notFinite`, `.needsRecordings`.
  public func quantized(
    _ quantization: Quantization, conditions: Conditions? = nil, workers: Workers = .all
  ) throws -> InferenceModel {
    let calibration =
      quantization.needsCalibration(configuration)
      ? try Calibration(self, conditions: conditions, workers: workers) : nil
    return Quantizer(self, calibration: calibration, workers: workers).quantized(quantization)
  }
}
