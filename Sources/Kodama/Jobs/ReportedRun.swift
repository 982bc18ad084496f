import KodamaAmplifierTraining
import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaReports
import KodamaSpectra
import KodamaTraining
import KodamaTrainingReports
import KodamaWaveNetTraining

/// What reports read of a training run, which may still be training.
struct ReportedRun {
  /// The folder, without a slash at its end.
  let path: String
  /// The history from the log, with at least one step.
  let history: TrainingHistory
  /// The last step.
  let last: StepReport
  /// The step of the newest checkpoint; nil where there is none.
  let saved: Int?
  /// The record of the newest checkpoint; nil where there is none, or the run is of another task.
  let record: (any ReportedRecord)?
  /// The samples in the order of their steps, without those that are empty or cannot be read.
  let samples: [(step: Int, sound: Sound)]
  /// Samples that cannot be used, with the reason.
  let warnings: [String]

  /// Reads a run.
  ///
  /// - Throws: `FileFault.cannotRead`, `TrainingFault.badLog`; `JobFault.emptyLog` where the log contains no step yet.
  init(_ run: String) throws {
    path = Folder.trimmed(run)
    if !AtomicFile.exists(TrainingHistory.path(run: path)) { throw JobFault.noRun(path: path) }
    history = try TrainingHistory(run: path)
    guard let last = history.steps.last else { throw JobFault.emptyLog(path: TrainingHistory.path(run: path)) }
    self.last = last
    // A run without a complete checkpoint has curves too.
    let folder = RunFolder(path)
    saved = try folder.newestStep()
    record = try saved.flatMap { _ in
      try folder.withNewestCheckpoint { checkpoint -> (any ReportedRecord)? in
        if RunRecord.exists(inCheckpoint: checkpoint) { return try RunRecord(checkpoint: checkpoint) }
        return CaptureRecord.exists(inCheckpoint: checkpoint) ? try CaptureRecord(checkpoint: checkpoint) : nil
      }
    }
    (samples, warnings) = try Self.samples(run: path, record: record)
  }

  /// The name of the folder.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }

  /// The summary of the run so far.
  var facts: [ReportFact] {
    RunReportFacts.summary(
      history, last: last, saved: saved, parameters: record?.parameterCount)
  }

  /// A remark for each return to a checkpoint.
  var remarks: [String] {
    history.rollbacks.map { "The loss of step \($0.from) was not finite; training resumed from step \($0.to)." }
  }

  private static func samples(
    run: String, record: (any ReportedRecord)?
  ) throws -> (samples: [(step: Int, sound: Sound)], warnings: [String]) {
    let sets = record?.labels ?? []
    var (samples, warnings) = ([(step: Int, sound: Sound)](), [String]())
    for sample in try TrainingSample.all(run: run) {
      let path = TrainingSample.folder(run: run) + "/" + sample.fileName
      do {
        let source = try FileSource(path)
        let frames = source.frames
        let name = (["Step \(sample.step)"] + sample.labels(among: sets)).joined(separator: ", ")
        samples.append((sample.step, Sound(name: name) { try FileSource(path, frames: frames) }))
      } catch let fault as any Fault {
        warnings.append("\(fault); left out")
      }
    }
    return (samples, warnings)
  }
}
