import Foundation
import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaReports
import KodamaSpectra

/// How well a classifier finds known labels. Keys as in JSON.
public struct ClassificationTest: Sendable, Equatable, Codable {
  /// One class.
  public struct Class: Sendable, Equatable, Codable {
    /// The label.
    public let label: String
    /// The recordings that have it.
    public let recordings: Int
    /// The share of those found to have it that have it; nil where none was found.
    public let precision: Double?
    /// The share of those that have it that were found to; nil where there are none.
    public let recall: Double?
  }

  /// A recording with a wrong label.
  public struct Mistake: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// Its label.
    public let label: String
    /// The label that was found.
    public let found: String
    /// The probability of that.
    public let probability: Double
  }

  /// One label set.
  public struct LabelSet: Sendable, Equatable, Codable {
    /// The name.
    public let name: String
    /// The recordings.
    public let recordings: Int
    /// Those whose label was found.
    public let right: Int
    /// Their share, 0 to 1.
    public let accuracy: Double
    /// The 95 % confidence interval of the accuracy, of Wilson 1927.
    public let interval: ConfidenceInterval
    /// The mean of −ln p of the right label, in nats.
    public let crossEntropy: Double
    /// The expected calibration error: the mean over recordings of the difference of accuracy and probability in each of
    /// 15 equal ranges of the probability of the likeliest label, 0 to 1.
    ///
    /// - Source: Guo et al. 2017, §2, eq. 3.
    public let calibrationError: Double
    /// The labels, in the order of the model.
    public let labels: [String]
    /// The recordings of each label that were found to have each: [label][found].
    public let confusion: [[Int]]
    /// The classes.
    public let classes: [Class]
    /// The recordings with wrong labels, the most confident mistakes first.
    public let mistakes: [Mistake]
  }

  /// The model's rate in Hz.
  public let sampleRate: Int
  /// The label sets of the model.
  public let sets: [LabelSet]
}

extension ClassificationTest {
  /// Counts right and wrong labels of one set.
  struct Counter {
    private let set: KodamaCheckpoints.LabelSet
    private var confusion: [[Int]]
    private var entropy = 0.0
    private var bins = [(count: Int, right: Int, probability: Double)](repeating: (0, 0, 0), count: 15)
    private var mistakes: [Mistake] = []

    init(_ set: KodamaCheckpoints.LabelSet) {
      self.set = set
      confusion = set.values.map { _ in [Int](repeating: 0, count: set.values.count) }
    }

    /// Adds a recording.
    mutating func add(_ found: Recognition.LabelProbabilities, right: Int, path: String) {
      confusion[right][found.index] += 1
      entropy -= log(max(found.probabilities[right], 1e-30))
      let bin = min(bins.count - 1, Int(found.probability * Double(bins.count)))
      bins[bin].count += 1
      bins[bin].probability += found.probability
      if found.index == right { return bins[bin].right += 1 }
      mistakes.append(
        Mistake(path: path, label: set.values[right], found: found.label, probability: found.probability))
    }

    /// The measures.
    var result: LabelSet {
      let count = bins.reduce(0) { $0 + $1.count }
      let right = set.values.indices.reduce(0) { $0 + confusion[$1][$1] }
      let total = Double(max(1, count))
      let classes = set.values.indices.map { index in
        let (own, found) = (confusion[index].reduce(0, +), confusion.reduce(0) { $0 + $1[index] })
        let both = Double(confusion[index][index])
        return Class(
          label: set.values[index], recordings: own, precision: found == 0 ? nil : both / Double(found),
          recall: own == 0 ? nil : both / Double(own))
      }
      return LabelSet(
        name: set.name, recordings: count, right: right, accuracy: Double(right) / total,
        interval: ClassificationTest.wilson(right, of: count), crossEntropy: entropy / total,
        calibrationError: bins.reduce(0) { $0 + abs(Double($1.right) - $1.probability) } / total,
        labels: set.values, confusion: confusion, classes: classes,
        mistakes: mistakes.sorted { ($1.probability, $0.path) < ($0.probability, $1.path) })
    }
  }

  /// The 95 % confidence interval of a share.
  ///
  /// - Source: Wilson 1927, the interval that inverts the test of the normal approximation.
  static func wilson(_ right: Int, of count: Int) -> ConfidenceInterval {
    if count == 0 { return ConfidenceInterval(low: 0, high: 1) }
    let (n, p, z) = (Double(count), Double(right) / Double(count), 1.959963984540054)
    let center = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return ConfidenceInterval(low: max(0, center - half), high: min(1, center + half))
  }
}

extension ClassificationTest {
  /// Draws the confusion matrix of each label set, as `<folder>/<set>.png`.
  ///
  /// - Throws: `FileFault`, `ReportsFault`.
  public func writePictures(toFolder folder: String, existing: AtomicFile.Existing) throws {
    try Folder.create(folder)
    for (index, set) in sets.enumerated() where set.labels.count <= ConfusionMatrix.labelLimit {
      // A name may contain anything.
      let isPlain = set.name.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || ("0"..."9").contains($0) }
      let path = "\(folder)/\(isPlain ? set.name : "set-\(index + 1)").png"
      let title = "\(set.name): \(set.right) of \(set.recordings) right"
      try ConfusionMatrix(title: title, labels: set.labels, counts: set.confusion).write(to: path, existing: existing)
    }
  }
}
