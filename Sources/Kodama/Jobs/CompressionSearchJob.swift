import KodamaAudio
import KodamaCompression
import KodamaCore
import KodamaGeneration
import KodamaInference
import KodamaWaveNets

/// Searches a precision and a sparsity for each layer of a model, as `kodama compress search` does.
///
/// ```swift
/// let job = try CompressionSearchJob(model: .load("runs/first"), corpus: "recordings")
/// if let result = try job.search(for: .bytes(100_000)) { try result.model.save(to: "first-100k") }
/// ```
public struct CompressionSearchJob {
  /// The name of the page of a report in its folder.
  public static let fileName = "search.html"

  /// Warnings about skipped, converted and unusable files.
  public let warnings: [String]
  private let model: WaveNetModel
  private let recordings: CompressionRecordings
  private let workers: Workers

  /// A job for one model.
  ///
  /// - Parameters:
  ///   - corpus: a folder of typical recordings, for calibration.
  ///   - scored: a folder of recordings to compare models on; nil for those of the corpus.
  ///   - options: how recordings are mixed down, and what counts as silence.
  ///   - features: the source of the features of the corpus.
  ///   - scoredFeatures: the source of the features of `scored`.
  /// - Throws: `AudioFault`, `FileFault`; `WaveNetFault.notConditionedOnFeatures`; `JobFault` where features are missing
  ///   or do not fit.
  public init(
    model: WaveNetModel, corpus: String, scored: String? = nil, labels: CorpusLabels = .folders,
    options: RecordingOptions = RecordingOptions(), features: FeatureOrigin = FeatureOrigin(),
    scoredFeatures: FeatureOrigin = FeatureOrigin(), strict: Bool = false, workers: Workers = .all
  ) throws {
    recordings = try CompressionRecordings(
      for: model, calibration: corpus, scored: scored, labels: labels, options: options, features: features,
      scoredFeatures: scoredFeatures, strict: strict, workers: workers)
    warnings = recordings.warnings
    self.model = model
    self.workers = workers
  }

  /// Searches the model that meets a target (see `CompressionSearch`).
  ///
  /// - Parameters:
  ///   - seconds: the limit of recorded sound that models are compared on; whole recordings in an order determined by
  ///     their paths, the last one cut.
  ///   - agent: chooses models too, as many as the greedy search; nil for that alone.
  ///   - progress: called with the share of the work that is done, and with what is done next.
  ///   - isInterrupted: whether to end early; asked between measurements.
  /// - Returns: nil where it was interrupted.
  /// - Throws: `CompressionFault.outOfReach`, `.notFinite`; `AudioFault`, `FileFault`, `GenerationFault`; `WaveNetFault`
  ///   where a recording lacks a label; `JobFault.comparisonNotFinite`; `ResourceFault.addressSpace`.
  public func search(
    for target: CompressionTarget, seconds: Double = 10, agent: SearchAgent? = nil,
    progress: (_ share: Double, _ work: String) -> Void = { _, _ in }, isInterrupted: () -> Bool = { false }
  ) throws -> CompressionSearch.Result? {
    // Weights that are not finite, such as a normalized weight of length 0, cannot be rounded.
    _ = try WaveNetEngine(InferenceModel(model))
    progress(0, "rounding")
    guard let calibration = try recordings.observe(model) else { throw CompressionFault.needsRecordings }
    let (signals, conditions) = try recordings.signals(of: model, seconds: seconds)
    let search = try CompressionSearch(
      model, calibration: calibration, on: signals, conditions: conditions, workers: workers)
    guard search.bitsPerSample.isFinite else { throw JobFault.comparisonNotFinite }
    guard let found = try search.run(for: target, agent: agent, progress: progress, isInterrupted: isInterrupted)
    else { return nil }
    var report = found.report
    report.comparedOn = recordings.scored?.folder
    return CompressionSearch.Result(model: found.model, report: report)
  }
}
