import Foundation
import KodamaAudio
import KodamaCore
import KodamaReports
import KodamaTraining

/// Event files in a run folder, for TensorBoard: `tensorboard --logdir runs` shows every run in `runs`.
///
/// | tag | kind | what |
/// | --- | --- | --- |
/// | `loss/train` | scalar | the loss of the step's batch, for a WaveNet in bits per sample |
/// | `loss/validation` | scalar | that of the held-out data |
/// | `loss/validation-average` | scalar | the same with the averaged weights |
/// | `accuracy/train` … | scalar | the task's other measures likewise, under their names; `reward/train` where there is no loss |
/// | `learning-rate` | scalar | the learning rate of the step |
/// | `gradient-norm` | scalar | before clipping |
/// | `samples-per-second` | scalar | processed during the step; for other tasks also `examples-per-second` |
/// | `voiced-share/sample` … | scalar | what is measured of a generated sound |
/// | `voiced-share/recordings` … | scalar | the same of the recordings |
/// | `sample/audio` | audio | a sound generated during training |
/// | `sample/spectrogram` | image | its mel spectrogram |
/// | `_hparams_/session_start_info` | hyperparameters | the settings, by which the page HParams tells runs apart |
/// | `_hparams_/session_end_info` | hyperparameters | whether training succeeded, once it has reached its limit or diverged |
///
/// When a run is resumed, and when training returns to a checkpoint, a new file is started; TensorBoard drops the steps
/// of earlier files that are repeated. Earlier files are never modified.
public final class TensorBoardLog: TrainingObserver {
  private let writer: EventFileWriter
  private let interval: Int
  private let workers: Workers
  private let measures: TaskMeasures?
  private let now: @Sendable () -> Double

  /// Starts a file for a run that has completed `step` steps.
  ///
  /// - Parameters:
  ///   - run: the run folder.
  ///   - interval: the number of steps between two that are written.
  ///   - measures: those of the task; nil: the first measure of a batch and of a validation is the loss.
  ///   - hyperparameters: the settings of the run, each name once; none writes no session.
  ///   - workers: the threads that draw spectrograms.
  /// - Throws: `FileFault`.
  public convenience init(
    run: String, step: Int, interval: Int, measures: TaskMeasures? = nil, hyperparameters: [Hyperparameter] = [],
    workers: Workers = .all
  ) throws {
    try self.init(
      run: run, step: step, interval: interval, measures: measures, hyperparameters: hyperparameters, workers: workers,
      origin: .current)
  }

  /// Starts a file with a given origin.
  package init(
    run: String, step: Int, interval: Int, measures: TaskMeasures? = nil, hyperparameters: [Hyperparameter] = [],
    workers: Workers, origin: EventOrigin
  ) throws {
    self.measures = measures
    // Events of the checkpoint's own step are kept.
    writer = try EventFileWriter(folder: run, firstStep: step + 1, origin: origin)
    self.interval = max(1, interval)
    self.workers = workers
    now = origin.now
    if !hyperparameters.isEmpty { try writer.append([.sessionStart(hyperparameters, time: now())], step: step) }
  }

  /// Writes that training has ended, well or not. A run that is to be resumed has no end: of several ends of a run, as of
  /// several starts, TensorBoard takes the first.
  ///
  /// - Throws: `FileFault.cannotWrite`.
  public func end(succeeded: Bool, step: Int) throws {
    try writer.append([.sessionEnd(succeeded: succeeded, time: now())], step: step)
  }

  public func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report) where report.isLogged(every: interval):
      try writer.append(
        scalars(report.values, "train") + [
          .scalar(tag: "learning-rate", report.learningRate),
          .scalar(tag: "gradient-norm", report.gradientNorm),
          .scalar(tag: tag(report.speed.measure), report.speed.value),
        ], step: report.step)
    case .validation(let report):
      try writer.append(
        scalars(report.weights, "validation") + scalars(report.average, "validation-average"), step: report.step)
    case .sample(let report, let path):
      try appendSample(path, step: report.step)
      let values =
        scalars(report.generated, "sample", loss: false) + scalars(report.recorded, "recordings", loss: false)
      if !values.isEmpty { try writer.append(values, step: report.step) }
    case .rollback(_, let step, _): try writer.restart(firstStep: step + 1)
    case .step, .checkpoint, .best, .working, .left: break
    }
  }

  /// Values under the tags of their measures, where there may be a loss under that of `loss`.
  private func scalars(_ values: [MeasuredValue], _ place: String, loss: Bool = true) -> [EventValue] {
    values.enumerated().map { index, value in
      let isLoss = measures.map { value.measure == $0.loss && !$0.isReward } ?? (index == 0)
      return .scalar(tag: (loss && isLoss ? "loss" : tag(value.measure)) + "/" + place, value.value)
    }
  }

  /// `samples-per-second`.
  private func tag(_ measure: Measure) -> String { measure.words.joined(separator: "-") }

  /// Adds a sound and its spectrogram. Empty sounds, which short settings can produce, are skipped.
  private func appendSample(_ path: String, step: Int) throws {
    let wave: [UInt8]
    do {
      wave = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw FileFault.cannotRead(path: path, reason: error.localizedDescription)
    }
    let sound = try AudioFile.read(path)
    if sound.frames == 0 { return }
    let picture = try SpectrogramPicture(title: "Step \(step)", width: 960, height: 540)
    try writer.append(
      [
        .audio(
          tag: "sample/audio", wave: wave, sampleRate: sound.sampleRate, channels: sound.channelCount,
          frames: sound.frames),
        .picture(
          tag: "sample/spectrogram", png: try picture.encoded(sound, workers: workers), width: picture.width,
          height: picture.height),
      ], step: step)
  }
}
