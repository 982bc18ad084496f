import Foundation
import KodamaAudio
import KodamaCheckpoints
import KodamaClassifiers
import KodamaCompression
import KodamaCore
import KodamaInference

/// Quantizes a classifier without training, as `kodama compress quantize` does.
///
/// ```swift
/// let job = try ClassifierQuantizationJob(model: .load("runs/ear"), calibration: "recordings")
/// let quantized = try job.quantize(Quantization(.int8))
/// try quantized.save(to: "ear-int8")
/// print(try job.compare(quantized).sets[0].agreement)
/// ```
public struct ClassifierQuantizationJob {
  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  private let model: ClassifierModel
  private let calibration: Recordings
  private let scored: Recordings
  private let workers: Workers

  /// How many windows of the calibration recordings are observed.
  private static let windows = 64

  /// A job for one model.
  ///
  /// - Parameters:
  ///   - calibration: a folder of typical recordings.
  ///   - scored: a folder of recordings for the comparison; nil for those of the calibration.
  ///   - labels: the source of known labels. Recordings may lack them.
  ///   - options: how recordings are mixed down, and what counts as silence.
  /// - Throws: `AudioFault`, `FileFault`; `ClassifierFault.tooShort`, `.quantized`.
  public init(
    model: ClassifierModel, calibration: String, scored: String? = nil, labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(), strict: Bool = false, workers: Workers = .all
  ) throws {
    if let quantization = model.quantization { throw ClassifierFault.quantized(quantization.scheme) }
    var warnings: [String] = []
    func recordings(_ folder: String) throws -> Recordings {
      let index = try CorpusIndex.scan(folder, labels: labels, options: options, strict: strict, workers: workers)
      let recordings = try Recordings(index.sounding(), sampleRate: model.configuration.sampleRate, workers: workers)
      try recordings.checkLength(for: model.configuration)
      warnings += CorpusRemarks.list(index, [recordings])
      return recordings
    }
    self.calibration = try recordings(calibration)
    self.scored = try scored.map(recordings) ?? self.calibration
    (self.model, self.workers, self.warnings) = (model, workers, warnings)
  }

  /// The quantized model.
  ///
  /// - Throws: `AudioFault`, `FileFault`, `SpectraFault`; `CompressionFault.notFinite`.
  public func quantize(_ quantization: Quantization) throws -> ClassifierModel {
    let window = model.configuration.windowSamples
    let all = (0..<calibration.count).flatMap { recording in
      SoundWindows.ranges(ofLength: calibration.frames(of: recording), window: window).map { (recording, $0) }
    }
    let chosen = Self.spread(all, count: Self.windows)
    let windows = try chosen.map { try calibration.read($0.0, $0.1) }
    return try ClassifierQuantizer(model, observing: windows, workers: workers).quantized(quantization)
  }

  /// Compares the quantized model with the original.
  ///
  /// - Parameters:
  ///   - seconds: the limit of recorded sound: whole recordings, spread over the folder.
  ///   - sensitivity: whether each layer is also quantized alone.
  ///   - progress: called with the number of finished comparisons and of all comparisons.
  /// - Throws: `AudioFault`, `FileFault`, `SpectraFault`.
  public func compare(
    _ quantized: ClassifierModel, seconds: Double = 60, sensitivity: Bool = false,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> ClassifierQuantizationReport {
    let recordings = chosen(seconds: seconds)
    let layers = sensitivity ? quantized.quantizedLayers : []
    let (before, after) = (try recognitions(model, recordings), try recognitions(quantized, recordings))
    progress(1, layers.count + 1)
    let losses = try layers.enumerated().map { index, layer in
      let alone = try recognitions(model.replacing([layer]), recordings)
      progress(index + 2, layers.count + 1)
      return ClassifierQuantizationReport.Layer(
        path: layer.path, divergence: Self.divergence(before, alone))
    }
    let known = model.configuration.labels.map { try? $0.indices(of: scored.items.map { ($0.path, $0.labels) }) }
    let sets = model.configuration.labels.indices.map { set in
      let (a, b) = (before.map { $0.sets[set].index }, after.map { $0.sets[set].index })
      func share(_ found: [Int], _ expected: [Int]) -> Double {
        Double(zip(found, expected).count { $0 == $1 }) / Double(max(1, found.count))
      }
      let right = known[set].map { labels in recordings.map { labels[$0] } }
      return ClassifierQuantizationReport.LabelSet(
        name: model.configuration.labels[set].name, agreement: share(a, b),
        accuracyBefore: right.map { share(a, $0) }, accuracyAfter: right.map { share(b, $0) })
    }
    let speeds = try speeds(model, quantized)
    let quantization = quantized.quantization ?? Quantization(.float32)
    return ClassifierQuantizationReport(
      scheme: quantization.scheme, kept: quantization.kept, bytesBefore: model.storedBytes,
      bytesAfter: quantized.storedBytes, realTimeFactorBefore: speeds.before, realTimeFactorAfter: speeds.after,
      sets: sets, divergence: Self.divergence(before, after), recordings: recordings.count,
      comparedOn: scored.folder, layers: sensitivity ? losses : nil)
  }

  private func recognitions(_ model: ClassifierModel, _ recordings: [Int]) throws -> [Recognition] {
    let (classifier, scored) = (try SoundClassifier(model), scored)
    let found = workers.map(parts: recordings.count) { index in
      Result { try classifier.classify(scored, recordings[index]) }
    }
    return try found.map { try $0.get() }
  }

  /// Recordings spread over the folder whose length together is at most `seconds`, at least one.
  private func chosen(seconds: Double) -> [Int] {
    let limit = Int(seconds * Double(scored.sampleRate))
    var count = scored.count
    while count > 1 {
      let part = Self.spread(Array(0..<scored.count), count: count)
      if part.reduce(0, { $0 + scored.frames(of: $1) }) <= limit { return part }
      count = max(1, count * 9 / 10)
    }
    return Self.spread(Array(0..<scored.count), count: 1)
  }

  /// `count` of some elements, evenly spread; all where there are fewer.
  private static func spread<Element>(_ elements: [Element], count: Int) -> [Element] {
    let kept = min(count, elements.count)
    return (0..<kept).map { elements[(2 * $0 + 1) * elements.count / (2 * kept)] }
  }

  /// The mean of Σ p · log2(p / q), in bits, over recordings, added up over the label sets.
  private static func divergence(_ before: [Recognition], _ after: [Recognition]) -> Double {
    let sum = zip(before, after).reduce(0.0) { sum, pair in
      zip(pair.0.sets, pair.1.sets).reduce(sum) { sum, sets in
        zip(sets.0.probabilities, sets.1.probabilities).reduce(sum) { sum, p in
          p.0 > 0 ? sum + p.0 * log2(p.0 / max(p.1, 1e-30)) : sum
        }
      }
    }
    return max(0, sum / Double(max(1, before.count)))
  }

  /// Seconds of sound that each model classifies in a second on one core, features included: the medians of alternating
  /// rounds, so that other load affects both.
  private func speeds(
    _ first: ClassifierModel, _ second: ClassifierModel
  ) throws -> (before: Double, after: Double) {
    let classifiers = try [SoundClassifier(first), SoundClassifier(second)]
    let configuration = first.configuration
    let sound = try scored.read(0, 0..<min(scored.frames(of: 0), configuration.windowSamples))
    let (windows, rounds) = ([[Float]](repeating: sound, count: 4), 9)
    var speeds: [[Double]] = [[], []]
    for _ in 0..<rounds {
      for (index, classifier) in classifiers.enumerated() {
        let time = try ContinuousClock().measure { _ = try classifier.outputs(ofWindows: windows) }
        speeds[index].append(Double(windows.count) * configuration.windowSeconds / time.inSeconds)
      }
    }
    return (speeds[0].sorted()[rounds / 2], speeds[1].sorted()[rounds / 2])
  }
}
