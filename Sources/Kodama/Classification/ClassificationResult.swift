import KodamaClassifiers

/// The labels of recordings by a classifier. Keys as in JSON.
public struct ClassificationResult: Sendable, Equatable, Codable {
  /// A label and its probability.
  public struct Label: Sendable, Equatable, Codable {
    /// The label.
    public let label: String
    /// Its probability.
    public let probability: Double
  }

  /// The labels of one set.
  public struct LabelSet: Sendable, Equatable, Codable {
    /// The name of the set.
    public let name: String
    /// All labels, the likeliest first.
    public let labels: [Label]
    /// The known label of the recording; nil where it has none.
    public let knownLabel: String?
  }

  /// A window of a recording.
  public struct Window: Sendable, Equatable, Codable {
    /// The time of its first sample, in seconds.
    public let start: Double
    /// The time after its last sample, in seconds.
    public let end: Double
    /// For each label set the likeliest label.
    public let labels: [Label]
  }

  /// One recording.
  public struct File: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// Its length in seconds.
    public let seconds: Double
    /// The labels of each set of the model.
    public let sets: [LabelSet]
    /// The windows it was divided into; nil where they were not asked for.
    public let windows: [Window]?
  }

  /// The model's rate in Hz.
  public let sampleRate: Int
  /// Each recording.
  public let files: [File]
}

extension ClassificationResult.File {
  /// The labels of a recording.
  init(path: String, _ found: Recognition, known: [String: String], seconds: Double, listsWindows: Bool) {
    (self.path, self.seconds) = (path, seconds)
    sets = found.sets.map { set in
      ClassificationResult.LabelSet(
        name: set.labelSet.name, labels: set.ranking.map(ClassificationResult.Label.init),
        knownLabel: known[set.labelSet.name].flatMap { $0.isEmpty ? nil : $0 })
    }
    windows =
      !listsWindows
      ? nil
      : found.windows.indices.map { index in
        let window = found.windows[index]
        return ClassificationResult.Window(
          start: window.start, end: window.start + window.seconds,
          labels: found.sets(ofWindow: index).map {
            ClassificationResult.Label(label: $0.label, probability: $0.probability)
          })
      }
  }
}
