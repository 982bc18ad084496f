import ArgumentParser
import Kodama

/// A command whose work the processes of a job divide among them where mpirun started several.
protocol SharedCommand: ParsableCommand {
  /// Whether no progress and no warnings are shown: of several processes the first one shows its own.
  var quiet: Bool { get set }
  var threads: ThreadOptions { get set }

  /// Does the work.
  ///
  /// - Parameter communicator: the processes; nil for one.
  func run(with communicator: (any Communicator)?) throws
}

extension SharedCommand {
  /// Does this process's part of the work, and ends the job with an error of any.
  func share() throws {
    guard let communicator = try Job.start() else { return try run(with: nil) }
    try ProcessGroup(communicator).run(Self.self) {
      let given = CommandLine.arguments.dropFirst().joined(separator: " ")
      try communicator.compare(
        CommonFact.build(version: Version.description) + [
          CommonFact("what was asked for", given, advice: "start all processes with the same command")
        ])
      var own = self
      own.quiet = quiet || communicator.rank > 0
      own.threads.share = communicator.workers()
      try own.run(with: communicator)
    }
  }
}

extension Communicator {
  /// Waits for all processes.
  func meet() { _ = all(0) }
}
