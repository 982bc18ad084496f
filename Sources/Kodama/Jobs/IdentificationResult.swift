import KodamaCheckpoints
import Foundation
import KodamaWaveNets

/// The likeliest labels of recordings, as `kodama identify` finds them. Keys as in JSON.
public struct IdentificationResult: Sendable, Equatable, Codable {
  /// One label of a set.
  public struct Label: Sendable, Equatable, Codable {
    /// The label.
    public let label: String
    /// −log2 p of the codes of the whole recording under this label; of several sets, the probability is the mean over
    /// all labels of the others.
    public let bits: Double
    /// The same for each sample.
    public let bitsPerSample: Double
  }

  /// One label set of a recording.
  public struct LabelSet: Sendable, Equatable, Codable {
    /// The name of the set.
    public let name: String
    /// The likeliest label.
    public let label: String
    /// The bits by which the second likeliest label needs more; nil where there is one candidate.
    public let marginBits: Double?
    /// The same for each sample.
    public let marginBitsPerSample: Double?
    /// The label that the recording is known to have; nil where none is known.
    public let knownLabel: String?
    /// All candidates, the likeliest first.
    public let labels: [Label]
  }

  /// One recording.
  public struct File: Sendable, Equatable, Codable {
    /// Its path.
    public let path: String
    /// Its samples at the model's rate.
    public let samples: Int
    /// The label sets of the model, in its order.
    public let sets: [LabelSet]
  }

  /// The comparison with known labels, of one set.
  public struct Accuracy: Sendable, Equatable, Codable {
    /// The name of the set.
    public let name: String
    /// Recordings with a known label that is a candidate.
    public let known: Int
    /// Those of them whose likeliest label is the known one.
    public let right: Int
    /// Recordings whose known label is no candidate; they are not counted.
    public let otherLabels: Int
    /// The labels of rows and columns of `confusion`: the known and the found ones, in the order of the set.
    public let labels: [String]
    /// The number of recordings by known label (row) and likeliest label (column).
    public let confusion: [[Int]]
  }

  /// The model's rate in Hz.
  public let sampleRate: Int
  /// Combinations of labels that were compared.
  public let combinations: Int
  /// Each recording.
  public let files: [File]
  /// For each set with known labels; empty without any.
  public let accuracy: [Accuracy]
}

extension IdentificationResult.File {
  /// Finds the likeliest label of each set.
  ///
  /// The probability of a label is the mean over the labels of all other sets, all equally probable a priori:
  ///
  ///     bits(label) = −log2 (1/N Σ 2^−bits(combination)), over the N combinations with the label
  ///
  /// - Parameters:
  ///   - candidates: the names of the candidates of each set.
  ///   - bits: of every combination, in the order in which the label of the last set changes fastest.
  ///   - known: the known labels by the name of the set.
  init(
    path: String, samples: Int, candidates: [(set: String, labels: [String])], bits: [Double], known: [String: String]
  ) {
    precondition(
      bits.count == candidates.reduce(1) { $0 * $1.labels.count }, "\(bits.count) numbers of \(candidates)")
    self.path = path
    self.samples = samples
    let count = Double(max(1, samples))
    var stride = bits.count
    var sets: [IdentificationResult.LabelSet] = []
    for (name, labels) in candidates {
      stride /= labels.count
      let (inner, outer) = (stride, stride * labels.count)
      let all = labels.indices.map { place in
        let members = bits.indices.filter { $0 % outer / inner == place }.map { bits[$0] }
        return Self.mixture(members)
      }
      // Of equals the first: sorting is stable here by the index.
      let order = labels.indices.sorted { (all[$0], $0) < (all[$1], $1) }
      let margin = order.count > 1 ? all[order[1]] - all[order[0]] : nil
      sets.append(
        IdentificationResult.LabelSet(
          name: name, label: labels[order[0]], marginBits: margin, marginBitsPerSample: margin.map { $0 / count },
          knownLabel: known[name].flatMap { $0.isEmpty ? nil : $0 },
          labels: order.map {
            IdentificationResult.Label(label: labels[$0], bits: all[$0], bitsPerSample: all[$0] / count)
          }))
    }
    self.sets = sets
  }

  /// −log2 of the mean of 2^−bits.
  private static func mixture(_ bits: [Double]) -> Double {
    // The smallest is taken out: 2 to the power of a whole recording's bits is far below all numbers.
    let least = bits.min() ?? 0
    return least - log2(bits.reduce(0) { $0 + exp2(least - $1) } / Double(bits.count))
  }
}

extension IdentificationResult.Accuracy {
  /// Counts the recordings of one set; nil where no label is known.
  ///
  /// - Parameter candidates: in the order of the set.
  init?(of files: [IdentificationResult.File], set index: Int, candidates: [String]) {
    let sets = files.map { $0.sets[index] }
    let pairs = sets.compactMap { set in set.knownLabel.map { (known: $0, found: set.label) } }
    guard let first = sets.first, !pairs.isEmpty else { return nil }
    let counted = pairs.filter { candidates.contains($0.known) }
    name = first.name
    known = counted.count
    right = counted.count { $0.known == $0.found }
    otherLabels = pairs.count - counted.count
    let present = Set(counted.flatMap { [$0.known, $0.found] })
    let labels = candidates.filter(present.contains)
    let places = Dictionary(uniqueKeysWithValues: zip(labels, labels.indices))
    var table = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
    for pair in counted {
      if let row = places[pair.known], let column = places[pair.found] { table[row][column] += 1 }
    }
    self.labels = labels
    confusion = table
  }
}
