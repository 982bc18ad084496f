import KodamaAmplifierTraining
import KodamaCore
import KodamaDistributed
import KodamaReports
import KodamaTraining
import KodamaTrainingReports

/// Writes a report of a training run as a page, as `kodama report` does.
public struct RunReportJob {
  /// The name of the page in its folder.
  public static let fileName = "report.html"

  /// The report, which may be changed before it is written.
  public var report: RunReport
  /// The history from the log.
  public let history: TrainingHistory
  /// Sounds that cannot be used, with the reason.
  public let warnings: [String]

  /// Reads a run, which may still be training.
  ///
  /// - Throws: `FileFault.cannotRead`, `TrainingFault.badLog`; `JobFault.emptyLog` where the log contains no step yet.
  public init(run: String) throws {
    let run = try ReportedRun(run)
    history = run.history
    var warnings = run.warnings
    report = RunReport(
      title: "Training run " + run.name, facts: run.facts, charts: RunReportCharts.all(history), remarks: run.remarks,
      samples: run.samples.map(\.sound), settings: run.record?.facts ?? [])
    let staleness = StalenessLog.counts(run: run.path)
    if staleness.contains(where: { $0 > 0 }) {
      report.histograms.append(
        RunReport.Counts("Staleness of gradients", unit: "steps", counted: "steps", staleness))
    }
    if let record = run.record as? CaptureRecord {
      do {
        report.comparison = try HeldOutComparison(run: run.path, record)?.comparison
      } catch let fault as any Fault { warnings.append("\(fault); left out") }
      let picture = run.path + "/" + CaptureJob.pictureName
      if Folder.hasFile(picture), let png = try? RegularFile.read(picture) {
        report.figures.append(
          RunReport.Figure(
            "Both recordings", description: "Levels of both recordings, their first sound, and their correlation",
            png: Array(png)))
      }
    }
    self.warnings = warnings
  }

  /// The path of the page: an `output` that ends in .html or .htm is a file, any other a folder; nil is the folder of
  /// the run.
  public static func path(run: String, output: String?) -> String { path(run: run, output: output, name: fileName) }

  /// The path of a page with a name of its own.
  static func path(run: String, output: String?, name: String) -> String {
    guard let output else { return Folder.trimmed(run) + "/" + name }
    let isFile = [".html", ".htm"].contains { output.lowercased().hasSuffix($0) } && !Folder.exists(output)
    return isFile ? output : Folder.trimmed(output) + "/" + name
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
}
