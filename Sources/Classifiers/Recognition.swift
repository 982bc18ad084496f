import KodamaCheckpoints

/// The labels of a sound with their probabilities.
public struct Recognition: Sendable, Equatable {
  /// A window of the sound.
  public struct Window: Sendable, Equatable {
    /// The time of its first sample, in seconds.
    public let start: Double
    /// Its length in seconds.
    public let seconds: Double
    /// The probability of each label of each set, in the order of the model.
    public let probabilities: [[Float]]
    /// The input of the heads, [E].
    public let embedding: [Float]
  }

  /// The labels of one set.
  public struct LabelProbabilities: Sendable, Equatable {
    /// The labels of the set, in the order of the model.
    public let labelSet: LabelSet
    /// The probability of each.
    public let probabilities: [Double]

    /// The index of the likeliest label; of equal ones the first.
    public var index: Int {
      probabilities.indices.max { (probabilities[$0], -$0) < (probabilities[$1], -$1) } ?? 0
    }
    /// The likeliest label.
    public var label: String { labelSet.values[index] }
    /// Its probability.
    public var probability: Double { probabilities[index] }
    /// The labels from the likeliest to the least likely, with their probabilities.
    public var ranking: [(label: String, probability: Double)] {
      probabilities.indices.sorted { (-probabilities[$0], $0) < (-probabilities[$1], $1) }
        .map { (labelSet.values[$0], probabilities[$0]) }
    }
  }

  /// The windows in order.
  public let windows: [Window]
  /// The labels of each set of the model: means over the windows.
  public let sets: [LabelProbabilities]

  init(windows: [Window], labels: [LabelSet]) {
    self.windows = windows
    sets = labels.enumerated().map { index, set in
      LabelProbabilities(labelSet: set, probabilities: Self.mean(windows.map { $0.probabilities[index] }))
    }
  }

  /// The labels of a window.
  public func sets(ofWindow index: Int) -> [LabelProbabilities] {
    zip(sets, windows[index].probabilities).map {
      LabelProbabilities(labelSet: $0.labelSet, probabilities: $1.map(Double.init))
    }
  }

  /// The mean of the windows' embeddings, [E].
  public var embedding: [Double] { Self.mean(windows.map(\.embedding)) }

  private static func mean(_ rows: [[Float]]) -> [Double] {
    var sum = [Double](repeating: 0, count: rows.first?.count ?? 0)
    for row in rows { for index in row.indices { sum[index] += Double(row[index]) } }
    return sum.map { $0 / Double(max(1, rows.count)) }
  }
}
