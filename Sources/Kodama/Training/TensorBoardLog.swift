import Foundation
import KodamaAudio
import KodamaCore
import KodamaReports
import KodamaTraining

/// Event files in a run folder, for TensorBoard: `tensorboard --logdir runs` shows every run in `runs`.
///
/// | tag | kind | what |
/// | --- | --- | --- |
/// | `loss/train` | scalar | bits per sample of the step's batch |
/// | `loss/validation` | scalar | bits per sample of the recordings kept back |
/// | `loss/validation-average` | scalar | that of the averaged weights |
/// | `learning-rate` | scalar | the learning rate of the step |
/// | `gradient-norm` | scalar | before clipping |
/// | `samples-per-second` | scalar | taken in during the step |
/// | `sample/audio` | audio | the sound generated on the way |
/// | `sample/spectrogram` | image | its mel spectrogram |
///
/// When a run is continued, and when training goes back to a checkpoint, a new file begins; TensorBoard drops the steps
/// of earlier files that are taken again. No earlier file is touched.
public final class TensorBoardLog: TrainingObserver {
  private let writer: EventFileWriter
  private let interval: Int
  private let workers: Workers

  /// Begins a file for a run that has taken `step` steps.
  ///
  /// - Parameters:
  ///   - run: the run folder.
  ///   - interval: steps between two that are written.
  ///   - workers: the threads that draw spectrograms.
  /// - Throws: `FileFault`.
  public convenience init(run: String, step: Int, interval: Int, workers: Workers = .all) throws {
    try self.init(run: run, step: step, interval: interval, workers: workers, origin: .current)
  }

  /// Begins a file that tells of another origin than this process.
  package init(run: String, step: Int, interval: Int, workers: Workers, origin: EventOrigin) throws {
    // What belongs to the step of the checkpoint itself stays.
    writer = try EventFileWriter(folder: run, firstStep: step + 1, origin: origin)
    self.interval = max(1, interval)
    self.workers = workers
  }

  public func trainingDid(_ event: TrainingEvent) throws {
    switch event {
    case .step(let report) where report.isLogged(every: interval):
      try writer.append(
        [
          .scalar(tag: "loss/train", report.bitsPerSample),
          .scalar(tag: "learning-rate", report.learningRate),
          .scalar(tag: "gradient-norm", report.gradientNorm),
          .scalar(tag: "samples-per-second", report.samplesPerSecond),
        ], step: report.step)
    case .validation(let step, let raw, let average):
      let averages = average.map { [EventValue.scalar(tag: "loss/validation-average", $0)] } ?? []
      try writer.append([.scalar(tag: "loss/validation", raw)] + averages, step: step)
    case .sample(let step, let path): try appendSample(path, step: step)
    case .rollback(_, let step, _): try writer.restart(firstStep: step + 1)
    case .step, .checkpoint, .left: break
    }
  }

  /// Adds a sound and its spectrogram. A sound without samples, as short settings can bring about, has neither.
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
