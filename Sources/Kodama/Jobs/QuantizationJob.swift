import KodamaAudio
import KodamaCompression
import KodamaCore
import KodamaGeneration
import KodamaSignal
import KodamaInference
import KodamaWaveNets

/// Quantizes a model without training, as `kodama compress quantize` does.
///
/// ```swift
/// let job = try QuantizationJob(model: .load("runs/first"), quantization: Quantization(.int8), calibration:
/// "recordings") let quantized = try job.quantize() try quantized.save(to: "first-int8") print(try
/// job.compare(quantized).bitsPerSampleAfter)
/// ```
public struct QuantizationJob {
  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  private let model: WaveNetModel
  private let quantization: Quantization
  private let recordings: CompressionRecordings
  private let workers: Workers

  /// A job for one model.
  ///
  /// - Parameters:
  ///   - calibration: a folder of typical recordings; nil to calibrate on the model's output.
  ///   - scored: a folder of recordings for the comparison; nil for those of the calibration.
  ///   - options: how recordings are mixed down, and what counts as silence.
  ///   - features: the source of the features of the calibration recordings.
  ///   - scoredFeatures: the source of the features of `scored`.
  /// - Throws: `AudioFault`, `FileFault`; `CompressionFault.needsRecordings`; `WaveNetFault.notConditionedOnFeatures`;
  ///   `JobFault` where features are missing or do not fit.
  public init(
    model: WaveNetModel, quantization: Quantization, calibration: String? = nil, scored: String? = nil,
    labels: CorpusLabels = .folders, options: RecordingOptions = RecordingOptions(),
    features: FeatureOrigin = FeatureOrigin(),
    scoredFeatures: FeatureOrigin = FeatureOrigin(), strict: Bool = false, workers: Workers = .all
  ) throws {
    recordings = try CompressionRecordings(
      for: model, calibration: calibration, scored: scored, labels: labels, options: options, features: features,
      scoredFeatures: scoredFeatures, strict: strict, workers: workers)
    warnings = recordings.warnings
    self.model = model
    self.quantization = quantization
    self.workers = workers
  }

  /// The quantized model.
  ///
  /// - Throws: `AudioFault`, `FileFault`, `GenerationFault`; `CompressionFault.notFinite`;
  ///   `ResourceFault.addressSpace`.
  public func quantize() throws -> InferenceModel {
    // Weights that are not finite, such as a normalized weight of length 0, cannot be rounded.
    _ = try WaveNetEngine(InferenceModel(model))
    let quantized: InferenceModel
    if quantization.needsCalibration(model.configuration), let observed = try recordings.observe(model) {
      quantized = Quantizer(model, calibration: observed, workers: workers).quantized(quantization)
    } else {
      quantized = try model.quantized(quantization, workers: workers)
    }
    // The engine validates the model before it is saved.
    _ = try WaveNetEngine(quantized)
    return quantized
  }

  /// Compares the quantized model with the original.
  ///
  /// - Parameters:
  ///   - seconds: the limit of recorded sound; whole recordings in an order determined by their paths, the last one
  ///     cut.
  ///   - sensitivity: whether each layer is also quantized alone.
  ///   - progress: called with the number of finished comparisons and of all comparisons.
  /// - Throws: `AudioFault`, `FileFault`, `GenerationFault`; `JobFault.comparisonNotFinite`.
  public func compare(
    _ quantized: InferenceModel, seconds: Double = 60, sensitivity: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> QuantizationReport {
    let original = InferenceModel(model)
    let (signals, conditions) = try recordings.signals(of: model, seconds: seconds)
    let layers = sensitivity ? quantized.layers.filter { $0.precision != .float32 } : []
    let all = try LogitComparison(original, quantized, on: signals, conditions: conditions, workers: workers)
    guard all.bitsPerSample.before.isFinite && all.bitsPerSample.after.isFinite else {
      throw JobFault.comparisonNotFinite
    }
    progress(1, layers.count + 1)
    let part = CompressionSearch.prefix(of: signals, samples: 16_384)
    let losses = try layers.enumerated().map { index, layer in
      let alone = original.mapLayers { $0.path == layer.path ? layer : $0 }
      let comparison = try LogitComparison(
        original, alone, on: part, conditions: Array(conditions.prefix(part.count)), workers: workers)
      progress(index + 2, layers.count + 1)
      return QuantizationReport.Layer(
        path: layer.path, precision: layer.precision,
        bitsPerSampleLost: comparison.bitsPerSample.after - comparison.bitsPerSample.before)
    }
    var speed = try SpeedComparison(original)
    let ratio = try speed.ratio(of: quantized)
    return QuantizationReport(
      quantization: quantization, comparison: all,
      bytes: (original.weightBytes, quantized.weightBytes),
      samplesPerSecond: (1 / speed.seconds, 1 / (speed.seconds * ratio)), comparedOn: recordings.scored?.folder,
      layers: sensitivity ? losses : nil)
  }
}
