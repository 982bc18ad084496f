import KodamaCore
import KodamaReports
import KodamaSpectra
import KodamaTraining
import KodamaTrainingReports

/// Writes several training runs on one page, as `kodama report` does with several.
public struct RunComparisonJob {
  /// The name of the page in its folder.
  public static let fileName = "comparison.html"

  /// The page, which may be changed before it is written.
  public var comparison: RunComparison
  /// Samples that cannot be used, with the reason.
  public let warnings: [String]

  /// The maximum number of steps whose samples are shown.
  private static let mostSamples = 4
  /// Longer values of settings are cut.
  private static let longestValue = 160

  /// Reads runs, which may still be training.
  ///
  /// - Throws: as `RunReportJob`; `JobFault.sameRun` where a run is given twice, `.tooManyRuns`.
  public init(runs paths: [String]) throws {
    if paths.count > RunComparison.mostRuns {
      throw JobFault.tooManyRuns(count: paths.count, limit: RunComparison.mostRuns)
    }
    var seen = Set<PathBytes>()
    for path in paths where !seen.insert(PathBytes(Folder.trimmed(path))).inserted {
      throw JobFault.sameRun(path: path)
    }
    let runs = try paths.map(ReportedRun.init)
    warnings = runs.flatMap(\.warnings)
    // The names of folders where these tell the runs apart.
    let short = runs.map(\.name)
    let names = Set(short).count == runs.count ? short : runs.map(\.path)
    let settings = Self.settings(runs)
    comparison = RunComparison(
      title: "Training runs " + names.joined(separator: ", "), runs: names,
      charts: RunReportCharts.comparison(zip(names, runs).map { ($0, $1.history) }),
      figures: Self.rows(runs.map { $0.facts.map { ($0.name, $0.value) } }), differences: settings.differences,
      common: settings.common, samples: Self.samples(runs),
      remarks: zip(names, runs).flatMap { name, run in run.remarks.map { name + ": " + $0 } })
  }

  /// The path of the page: an `output` that ends in .html or .htm is a file, any other a folder; nil is the folder that
  /// contains the first run.
  public static func path(runs: [String], output: String?) -> String {
    if output != nil { return RunReportJob.path(run: "", output: output, name: fileName) }
    guard let first = runs.first, let folder = PathText.folder(Folder.trimmed(first)) else { return fileName }
    return folder + "/" + fileName
  }

  /// Writes the page.
  ///
  /// - Parameter path: a file, such as `path(runs:output:)`; its folder is created where it does not exist.
  /// - Throws: `FileFault`, and what reading the samples throws.
  public func write(to path: String, existing: AtomicFile.Existing = .refuse, workers: Workers = .all) throws {
    if let folder = PathText.folder(path), !folder.isEmpty { try Folder.create(folder) }
    try comparison.write(to: path, existing: existing, workers: workers)
  }

  /// A row for each name, in the order of first appearance.
  private static func rows(_ columns: [[(name: String, value: String)]]) -> [RunComparison.Row] {
    var names: [String] = []
    for column in columns { for (name, _) in column where !names.contains(name) { names.append(name) } }
    let values = columns.map { Dictionary($0.map { ($0.name, $0.value) }) { first, _ in first } }
    return names.map { name in RunComparison.Row(name, values.map { $0[name] }) }
  }

  /// The settings that differ between the runs with a record, and those that do not.
  private static func settings(_ runs: [ReportedRun]) -> (differences: [RunComparison.Row], common: [ReportFact]) {
    let rows = rows(runs.map { $0.record?.values ?? [] })
    let recorded = runs.indices.filter { runs[$0].record != nil }
    var (differences, common) = ([RunComparison.Row](), [ReportFact]())
    for row in rows {
      let values = recorded.map { row.values[$0] }
      if let first = values.first, let value = first, values.allSatisfy({ $0 == value }) {
        common.append(ReportFact(row.name, value.excerpt(longestValue)))
      } else {
        differences.append(RunComparison.Row(row.name, row.values.map { $0?.excerpt(longestValue) }))
      }
    }
    return (differences, common)
  }

  /// The samples of steps that several runs have, and the last of each.
  private static func samples(_ runs: [ReportedRun]) -> [RunComparison.Samples] {
    let steps = runs.map { Set($0.samples.map(\.step)) }
    let shared = Set(steps.flatMap { $0 }).filter { step in steps.count { $0.contains(step) } > 1 }.sorted()
    let lasts = runs.map(\.samples.last)
    let isSharedEnd = Set(lasts.map { $0?.step }).count == 1
    let shown = isSharedEnd ? mostSamples : mostSamples - 1
    var rows = spread(shared, count: shown).map { step in
      RunComparison.Samples(
        "Step \(NumberText.grouped(step))", Self.alike(runs.map { run in run.samples.filter { $0.step == step } }))
    }
    if !isSharedEnd { rows.append(RunComparison.Samples("The last of each run", lasts.map { $0?.sound })) }
    return rows
  }

  /// One sample of each run, of the same labels where there are any.
  private static func alike(_ samples: [[(step: Int, sound: Sound)]]) -> [Sound?] {
    let names = samples.map { $0.map(\.sound.name) }
    let common = names.first?.first { name in names.allSatisfy { $0.isEmpty || $0.contains(name) } }
    return samples.map { samples in (samples.first { $0.sound.name == common } ?? samples.first)?.sound }
  }

  /// `count` evenly spaced elements, including the first and the last.
  private static func spread(_ steps: [Int], count: Int) -> [Int] {
    if steps.count <= count { return steps }
    return (0..<count).map { steps[$0 * (steps.count - 1) / (count - 1)] }
  }
}
