import KodamaInference
import KodamaLayers

/// The effects of quantization on a classifier. Keys as in JSON.
public struct ClassifierQuantizationReport: Sendable, Equatable, Codable {
  /// One label set.
  public struct LabelSet: Sendable, Equatable, Codable {
    /// The name.
    public let name: String
    /// The share of recordings whose likeliest label is the same, 0 to 1.
    public let agreement: Double
    /// The share of recordings whose label is found; nil where labels are not known.
    public let accuracyBefore: Double?
    /// The same of the quantized model.
    public let accuracyAfter: Double?
  }

  /// The loss of one layer.
  public struct Layer: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// The divergence where it alone is quantized.
    public let divergence: Double
  }

  /// The precision of the quantized layers.
  public let scheme: Precision
  /// Layers in other precisions, by path.
  public let kept: [String: Precision]
  /// Bytes of all tensors.
  public let bytesBefore: Int
  /// The same of the quantized model.
  public let bytesAfter: Int
  /// Seconds of sound that are classified in a second on one core: the median over rounds.
  public let realTimeFactorBefore: Double
  /// The same of the quantized model.
  public let realTimeFactorAfter: Double
  /// The label sets of the model.
  public let sets: [LabelSet]
  /// The mean Kullback-Leibler divergence of the quantized model's probabilities from the original's, in bits, the sum
  /// over the label sets.
  public let divergence: Double
  /// The number of compared recordings.
  public let recordings: Int
  /// The folder of compared recordings.
  public let comparedOn: String
  /// The sensitivity of each layer, where it was requested.
  public let layers: [Layer]?
}
