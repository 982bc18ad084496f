import ArgumentParser
import Kodama

/// Writes a report of a training run, or of several.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a training run as a page: its curves, and the sound it generated.",
    discussion: """
      One self-contained HTML file for any browser: loss, validation, learning rate, norm \
      of gradients, speed, rollbacks, generated samples, and the settings. The run may still be \
      training. Of a run of kodama capture it has the end of the recordings too: what went into the box, what came out and \
      what the model plays, with spectrograms and the error. Of several runs, up to eight, one page compares: curves over \
      each other by steps and by time, final figures and samples side by side, and the settings that differ.
      """)

  @Argument(help: "The folder of a run, or of several to compare.", completion: .directory) var folders: [String]
  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp(
      "The page to write, its name ending in .html, or a folder for report.html, of several runs comparison.html. (default: the run; of several the folder that contains the first)",
      valueName: "path"),
    completion: .file(), transform: OutputName.checked)
  var output: String?
  @OptionGroup var replacing: OutputOptions
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    if folders.count > 1 { return try compare() }
    let job = try RunReportJob(run: folders[0])
    for warning in job.warnings { Terminal.warning(warning) }
    let path = RunReportJob.path(run: folders[0], output: output)
    try job.write(to: path, existing: replacing.existing, workers: threads.workers)
    Terminal.note("a report of \(folders[0]) in \(path)")
  }

  private func compare() throws {
    let job = try RunComparisonJob(runs: folders)
    for warning in job.warnings { Terminal.warning(warning) }
    let path = RunComparisonJob.path(runs: folders, output: output)
    try job.write(to: path, existing: replacing.existing, workers: threads.workers)
    Terminal.note("a comparison of \(folders.count) runs in \(path)")
  }
}
