import ArgumentParser
import Kodama

/// Writes a report of a training run.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Write a training run as a page: its curves, and the sound it generated.",
    discussion: """
      One self-contained HTML file for any browser: loss, validation, learning rate, norm \
      of gradients, speed, rollbacks, generated samples, and the settings. The run may still be \
      training.
      """)

  @Argument(help: "The folder of a run.", completion: .directory) var folder: String
  @Option(
    name: [.short, .customLong("output")],
    help: ArgumentHelp(
      "The page to write, its name ending in .html, or a folder for report.html. (default: the run)", valueName: "path"),
    completion: .file(), transform: OutputName.checked)
  var output: String?
  @OptionGroup var replacing: OutputOptions
  @OptionGroup var threads: ThreadOptions

  func run() throws {
    let job = try RunReportJob(run: folder)
    for warning in job.warnings { Terminal.warning(warning) }
    let path = RunReportJob.path(run: folder, output: output)
    try job.write(to: path, existing: replacing.existing, workers: threads.workers)
    Terminal.note("a report of \(folder) in \(path)")
  }
}
