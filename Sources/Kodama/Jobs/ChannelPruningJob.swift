import KodamaAudio
import KodamaCompression
import KodamaCore
import KodamaTensors
import KodamaWaveNetTraining
import KodamaWaveNets

/// Removes channels of a WaveNet before it is trained further, as `kodama compress prune` does.
///
/// ```swift
/// let model = try WaveNetModel.load("runs/first")
/// var settings = TrainingSettings(of: model)
/// let channels = try ChannelPruningJob(model: model, sparsity: 0.5, corpus: "recordings", settings: settings)
/// let smaller = try channels.prune()
/// settings.architecture = smaller.configuration
/// let job = try TrainingJob(
///   corpus: "recordings", run: "runs/smaller", settings: settings, initialModel: smaller, index: channels.index)
/// try job.train(until: .steps(10_000))
/// ```
public struct ChannelPruningJob {
  private let pruner: ChannelPruner
  private let setup: TrainingSetup

  /// A job for one model. Only recordings that are trained on are observed, none that is held out.
  ///
  /// - Parameters:
  ///   - sparsity: the share of the multiply-adds of a sample to remove.
  ///   - corpus: a folder of recordings.
  ///   - validationFolder: a folder of validation recordings; nil holds out a share of the corpus.
  ///   - settings: those of the training that follows, with the model's own architecture.
  ///   - labels: the source of the labels of recordings; a list applies to both folders.
  ///   - strict: whether an unusable file of the corpus is an error.
  ///   - progress: called from any thread with the number of scanned files and of all files.
  /// - Throws: `CompressionFault.tooManyChannels`, `.recurrentChannels`, and what `TrainingSetup` throws.
  public init(
    model: WaveNetModel, sparsity: Double, corpus: String, validationFolder: String? = nil,
    settings: TrainingSettings, labels: CorpusLabels = .folders, strict: Bool = false, workers: Workers = .all,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    pruner = try ChannelPruner(model, sparsity: sparsity)
    setup = try TrainingSetup(
      corpus: corpus, validationFolder: validationFolder, settings: settings, initialModel: model, labels: labels,
      strict: strict, workers: workers, progress: progress)
  }

  /// The index of the corpus.
  public var index: CorpusIndex { setup.index }

  /// The smaller model (see `ChannelPruner`).
  ///
  /// - Parameter progress: called with the number of finished measurements and of all.
  /// - Throws: what `ChannelPruner.pruned(on:features:workers:progress:)` throws.
  public func prune(progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }) throws -> WaveNetModel {
    try pruner.pruned(
      on: setup.training,
      features: { recording, steps in
        try setup.features.map { reader in
          let frames = try reader.window(of: recording, from: steps.lowerBound, steps: steps.count)
          return FeatureWindow(frames, shape: [1, frames.count / reader.features.channels, reader.features.channels])
        }
      }, workers: setup.workspace.workers, progress: progress)
  }
}
