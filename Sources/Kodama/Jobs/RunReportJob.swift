import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaReports
import KodamaSpectra
import KodamaTraining
import KodamaTrainingReports
import KodamaWaveNetTraining
import KodamaWaveNets

/// Writes a report of a training run as a page, as `kodama report` does.
public struct RunReportJob {
  /// The name of the page in its folder.
  public static let fileName = "report.html"

  /// The report, which may be changed before it is written.
  public var report: RunReport
  /// The history from the log.
  public let history: TrainingHistory
  /// Samples that cannot be used, with the reason.
  public let warnings: [String]

  /// Reads a run, which may still be training.
  ///
  /// - Throws: `FileFault.cannotRead`, `TrainingFault.badLog`; `JobFault.emptyLog` where the log contains no step yet.
  public init(run: String) throws {
    let run = Folder.trimmed(run)
    history = try TrainingHistory(run: run)
    guard let last = history.steps.last else { throw JobFault.emptyLog(path: TrainingHistory.path(run: run)) }
    // A run without a complete checkpoint has curves too.
    let folder = RunFolder(run)
    let saved = try folder.newestStep()
    let record = try saved.flatMap { _ in
      try folder.withNewestCheckpoint { try RunRecord.exists(inCheckpoint: $0) ? RunRecord(checkpoint: $0) : nil }
    }
    let (samples, warnings) = try Self.samples(run: run, record: record)
    self.warnings = warnings
    report = RunReport(
      title: "Training run " + (run.split(separator: "/").last.map(String.init) ?? run),
      facts: RunReportFacts.summary(
        history, last: last, saved: saved, parameters: record?.settings.architecture.parameterCount),
      charts: RunReportCharts.all(history),
      remarks: history.rollbacks.map {
        "The loss of step \($0.from) was not finite; training resumed from step \($0.to)."
      },
      samples: samples, settings: record?.facts ?? [])
  }

  /// The path of the page: an `output` that ends in .html or .htm is a file, any other a folder; nil is the folder of
  /// the run.
  public static func path(run: String, output: String?) -> String {
    guard let output else { return Folder.trimmed(run) + "/" + fileName }
    let isFile = [".html", ".htm"].contains { output.lowercased().hasSuffix($0) } && !Folder.exists(output)
    return isFile ? output : Folder.trimmed(output) + "/" + fileName
  }

  /// Writes the page.
  ///
  /// - Parameter path: a file, such as `path(run:output:)`; its folder is created where it does not exist.
  /// - Returns: the path of the page.
  /// - Throws: `FileFault`, and what reading the samples throws.
  @discardableResult public func write(
    to path: String, existing: AtomicFile.Existing = .refuse, workers: Workers = .all
  ) throws -> String {
    if let folder = PathText.folder(path), !folder.isEmpty { try Folder.create(folder) }
    try report.write(to: path, existing: existing, workers: workers)
    return path
  }

  /// The samples of a run in the order of their steps, without those that are empty or cannot be read.
  private static func samples(run: String, record: RunRecord?) throws -> (sounds: [Sound], warnings: [String]) {
    let sets = record?.settings.architecture.conditioning.labels.map(\.values) ?? []
    var (sounds, warnings) = ([Sound](), [String]())
    for sample in try TrainingSample.all(run: run) {
      let path = TrainingSample.folder(run: run) + "/" + sample.fileName
      do {
        let source = try FileSource(path)
        let frames = source.frames
        let name = (["Step \(sample.step)"] + sample.labels(among: sets)).joined(separator: ", ")
        sounds.append(Sound(name: name) { try FileSource(path, frames: frames) })
      } catch let fault as any Fault {
        warnings.append("\(fault); left out")
      }
    }
    return (sounds, warnings)
  }
}
