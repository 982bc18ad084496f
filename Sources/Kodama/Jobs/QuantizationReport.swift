import KodamaCompression
import KodamaInference
import KodamaLayers
import KodamaWaveNets

/// The effects of quantization on a model. Keys as in JSON.
public struct QuantizationReport: Sendable, Equatable, Codable {
  /// The loss of one layer.
  public struct Layer: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// Its precision.
    public let precision: Precision
    /// The increase of bits per sample where it alone is quantized, on the first 16,384 samples; noise can make it
    /// negative.
    public let bitsPerSampleLost: Double
  }

  /// The precision of the quantized layers.
  public let scheme: Precision
  /// Layers in other precisions, by path.
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
  /// The number of compared samples.
  public let samples: Int
  /// The folder of compared recordings; nil for the output of the original model.
  public let comparedOn: String?
  /// The sensitivity of each layer, where it was requested.
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
