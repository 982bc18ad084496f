/// What a WaveNet is told beside the samples before each step: labels of the whole signal, such as who speaks, and
/// features over time, such as a mel spectrogram.
///
/// - Source: van den Oord et al. 2016, §2.5, "global conditioning" and "local conditioning".
public struct Conditioning: Sendable, Equatable {
  /// Numbers of each label's embedding.
  public var channels: Int
  /// The label sets, each of which a signal has one label of, or a mixture; none without conditioning.
  public var labels: [LabelSet]
  /// What is told of each moment; nil for nothing.
  public var features: FeatureConditioning?

  /// Conditioning on label sets and features; on nothing where there are none.
  public init(channels: Int = 32, labels: [LabelSet] = [], features: FeatureConditioning? = nil) {
    self.channels = channels
    self.labels = labels
    self.features = features
  }
}

/// A set of labels, such as the speakers of a corpus.
public struct LabelSet: Sendable, Hashable {
  /// What the set is called, such as `speaker`.
  public var name: String
  /// Its labels; their places are the rows of the set's table of embeddings.
  public var values: [String]

  /// A set of labels.
  public init(_ name: String, _ values: [String]) {
    self.name = name
    self.values = values
  }
}
