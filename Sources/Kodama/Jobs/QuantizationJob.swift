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
  private let calibration: Recordings?
  private let scored: Recordings?
  private let calibrationFeatures: FeatureReader?
  private let scoredFeatures: FeatureReader?
  private let workers: Workers

  /// Without recordings, models are compared on this amount of the original model's output.
  private static let generated = (signals: 4, seconds: 1.0, seed: UInt64(2))

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
    let conditioning = model.configuration.conditioning.features
    if conditioning != nil && calibration == nil { throw CompressionFault.needsRecordings }
    if conditioning == nil && (features != FeatureOrigin() || scoredFeatures != FeatureOrigin()) {
      throw WaveNetFault.notConditionedOnFeatures
    }
    var warnings: [String] = []
    func recordings(_ folder: String) throws -> Recordings {
      let index = try CorpusIndex.scan(
        folder, labels: labels, options: options, strict: strict, workers: workers)
      let recordings = try Recordings(
        index.sounding(), sampleRate: model.sampleRate, preemphasis: model.configuration.preemphasis, workers: workers)
      warnings += CorpusRemarks.list(index, [recordings])
      return recordings
    }
    self.calibration = try calibration.map(recordings)
    self.scored = try scored.map(recordings) ?? self.calibration
    calibrationFeatures = try self.calibration.flatMap {
      try features.reader(of: conditioning, beside: $0, workers: workers)
    }
    self.scoredFeatures =
      scored == nil
      ? calibrationFeatures
      : try self.scored.flatMap { try scoredFeatures.reader(of: conditioning, beside: $0, workers: workers) }
    self.model = model
    self.quantization = quantization
    self.workers = workers
    self.warnings = warnings
  }

  /// The quantized model.
  ///
  /// - Throws: `AudioFault`, `FileFault`, `GenerationFault`; `CompressionFault.notFinite`;
  ///   `ResourceFault.addressSpace`.
  public func quantize() throws -> InferenceModel {
    // Weights that are not finite, such as a normalized weight of length 0, cannot be rounded.
    _ = try WaveNetEngine(InferenceModel(model))
    let quantized: InferenceModel
    if let calibration, quantization.needsCalibration(model.configuration) {
      let observed = try Calibration(
        model, on: calibration,
        features: { recording, steps in
          try calibrationFeatures.map { reader in
            let frames = try reader.window(of: recording, from: steps.lowerBound, steps: steps.count)
            return FeatureWindow(frames, shape: [1, frames.count / reader.features.channels, reader.features.channels])
          }
        }, workers: workers)
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
    let (signals, conditions) = try signals(seconds: seconds)
    let layers = sensitivity ? quantized.layers.filter { $0.precision != .float32 } : []
    let all = try LogitComparison(original, quantized, on: signals, conditions: conditions, workers: workers)
    guard all.bitsPerSample.before.isFinite && all.bitsPerSample.after.isFinite else {
      throw JobFault.comparisonNotFinite
    }
    progress(1, layers.count + 1)
    let part = Self.prefix(of: signals, samples: 16_384)
    let losses = try layers.enumerated().map { index, layer in
      let alone = original.mapLayers { $0.path == layer.path ? layer : $0 }
      let comparison = try LogitComparison(
        original, alone, on: part, conditions: Array(conditions.prefix(part.count)), workers: workers)
      progress(index + 2, layers.count + 1)
      return QuantizationReport.Layer(
        path: layer.path, precision: layer.precision,
        bitsPerSampleLost: comparison.bitsPerSample.after - comparison.bitsPerSample.before)
    }
    return QuantizationReport(
      quantization: quantization, comparison: all,
      bytes: (original.weightBytes, quantized.weightBytes),
      samplesPerSecond: try Self.samplesPerSecond(original, quantized), comparedOn: scored?.folder,
      layers: sensitivity ? losses : nil)
  }

  /// The codes and conditions of the compared signals.
  private func signals(seconds: Double) throws -> ([[Int32]], [Conditions]) {
    let conditioning = model.configuration.conditioning
    guard let scored else {
      let codes = try GeneratedCodes.make(
        model, signals: Self.generated.signals, length: Int(Self.generated.seconds * Double(model.sampleRate)),
        seed: Self.generated.seed, workers: workers)
      return (codes, codes.indices.map { conditioning.conditions(number: $0) })
    }
    let heldOut = try HeldOutScore(scored, conditioning: conditioning, features: scoredFeatures, seconds: seconds)
    let codes = try heldOut.chosen.map { recording, samples in
      model.companding.encode(try scored.read(recording, 0..<samples))
    }
    return (codes, try heldOut.chosen.map { try heldOut.conditions(of: $0.recording, samples: $0.samples) })
  }

  /// Samples per second of one stream of each model on one core: the medians of alternating rounds, so that other load
  /// affects both.
  private static func samplesPerSecond(
    _ first: InferenceModel, _ second: InferenceModel
  ) throws -> (before: Double, after: Double) {
    let (samples, rounds) = (500, 9)
    let conditions = first.configuration.conditioning.conditions(number: 0)
      .with(first.configuration.conditioning.features.map { FeatureSequence.silence(of: $0) })
    var streams = try [first, second].map { WaveNetStream(try WaveNetEngine($0), seed: 1, conditions: conditions) }
    var speeds: [[Double]] = [[], []]
    for _ in 0..<rounds {
      for index in streams.indices {
        let time = ContinuousClock().measure { for _ in 0..<samples { _ = streams[index].next() } }
        speeds[index].append(Double(samples) / time.inSeconds)
      }
    }
    return (speeds[0].sorted()[rounds / 2], speeds[1].sorted()[rounds / 2])
  }

  /// The first signals with a total of `samples` samples, the last one cut.
  private static func prefix(of signals: [[Int32]], samples: Int) -> [[Int32]] {
    var rest = samples
    return signals.map { signal in
      defer { rest = max(0, rest - signal.count) }
      return Array(signal.prefix(rest))
    }.filter { !$0.isEmpty }
  }
}
