import KodamaCompression
import KodamaInference
import KodamaWaveNets

/// What quantizing did to a model. Keys as in JSON.
public struct QuantizationReport: Sendable, Equatable, Codable {
  /// What one layer costs.
  public struct Layer: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// Its precision.
    public let precision: Precision
    /// Bits per sample that are lost where it alone is quantized, on the first 16,384 samples; noise can make it negative.
    public let bitsPerSampleLost: Double
  }

  /// The precision of the layers that are not kept.
  public let scheme: Precision
  /// The layers that are kept, by path, and their precisions.
  public let kept: [String: Precision]
  /// Bytes of all weights, scales, biases and the embedding.
  public let bytesBefore: Int
  /// The same of the quantized model.
  public let bytesAfter: Int
  /// Samples per second of one stream on one core: the median over rounds.
  public let samplesPerSecondBefore: Double
  /// The same of the quantized model.
  public let samplesPerSecondAfter: Double
  /// Mean of −log2 p(x_t | x_<t).
  public let bitsPerSampleBefore: Double
  /// The same of the quantized model.
  public let bitsPerSampleAfter: Double
  /// Power of the original logits over that of their change, in dB; nil where nothing changed. See `LogitComparison`.
  public let signalToNoiseDecibels: Double?
  /// Samples that both predicted.
  public let samples: Int
  /// The folder of recordings they are of; nil for what the original model generated.
  public let comparedOn: String?
  /// The sensitivity of each layer, where it was asked for.
  public let layers: [Layer]?

  init(
    quantization: Quantization, comparison: LogitComparison, bytes: (before: Int, after: Int),
    samplesPerSecond: (before: Double, after: Double), comparedOn: String?, layers: [Layer]?
  ) {
    scheme = quantization.scheme
    kept = quantization.kept
    (bytesBefore, bytesAfter) = bytes
    (samplesPerSecondBefore, samplesPerSecondAfter) = samplesPerSecond
    (bitsPerSampleBefore, bitsPerSampleAfter) = comparison.bitsPerSample
    signalToNoiseDecibels = comparison.signalToNoiseDecibels.isFinite ? comparison.signalToNoiseDecibels : nil
    samples = comparison.samples
    self.comparedOn = comparedOn
    self.layers = layers
  }
}
