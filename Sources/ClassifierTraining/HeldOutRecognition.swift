import KodamaAudio
import KodamaClassifiers
import KodamaCore
import KodamaLayers
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How well a classifier finds the labels of held-out recordings.
package struct HeldOutRecognition {
  /// The scores of some weights.
  package struct Score: Sendable, Equatable {
    /// The mean over recordings and label sets of −ln p of the right label, in nats.
    package let crossEntropy: Double
    /// The share of right labels of each set, in percent.
    package let accuracies: [Double]

    /// The share of wrong labels, the mean over the sets, in percent.
    package var errorRate: Double { 100 - accuracies.reduce(0, +) / Double(max(1, accuracies.count)) }
  }

  private let recordings: Recordings
  private let labels: [[Int]]
  private let workers: Workers

  /// - Parameter labels: the index of the label of each set, by recording.
  package init(_ recordings: Recordings, labels: [[Int]], workers: Workers) {
    (self.recordings, self.labels, self.workers) = (recordings, labels, workers)
  }

  /// The score of some weights.
  ///
  /// - Parameter progress: called with the share of recordings that are classified.
  /// - Throws: `AudioFault`, `FileFault`, `SpectraFault`, `ClassifierFault.tooShort`.
  package func score(
    _ configuration: ClassifierConfiguration, _ parameters: Parameters<Float>,
    progress: (_ share: Double) throws -> Void = { _ in }
  ) throws -> Score {
    let classifier = try SoundClassifier(ClassifierModel(configuration: configuration, parameters: parameters))
    let recordings = recordings
    var (entropy, right) = (0.0, [Int](repeating: 0, count: configuration.labels.count))
    // Recordings in parallel, each on one thread.
    let group = 16 * workers.threads
    for first in stride(from: 0, to: recordings.count, by: group) {
      let count = min(group, recordings.count - first)
      let found = workers.map(parts: count) { index in
        Result { try classifier.classify(recordings, first + index) }
      }
      for (index, result) in found.enumerated() {
        let recognition = try result.get()
        for (set, label) in labels[first + index].enumerated() {
          entropy -= log(max(recognition.sets[set].probabilities[label], 1e-30))
          if recognition.sets[set].index == label { right[set] += 1 }
        }
      }
      try progress(Double(first + count) / Double(recordings.count))
    }
    let count = Double(recordings.count)
    return Score(
      crossEntropy: entropy / (count * Double(max(1, right.count))), accuracies: right.map { 100 * Double($0) / count })
  }
}

extension SoundClassifier {
  /// Classifies a recording.
  ///
  /// - Throws: as `classify(_:sampleRate:)`; `AudioFault`, `FileFault`.
  package func classify(_ recordings: Recordings, _ recording: Int) throws -> Recognition {
    try classify(frames: recordings.frames(of: recording), name: recordings.items[recording].path) {
      try recordings.read(recording, $0)
    }
  }
}
