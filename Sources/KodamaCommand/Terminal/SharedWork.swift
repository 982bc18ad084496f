import ArgumentParser
import Kodama

/// Work that the processes of a job divide among them where mpirun started several.
enum SharedWork {
  /// Does the work in this process, and ends the job with an error of any.
  ///
  /// - Parameters:
  ///   - command: the command that does it.
  ///   - body: gets the processes; nil for one.
  static func run(_ command: any ParsableCommand.Type, _ body: ((any Communicator)?) throws -> Void) throws {
    guard let communicator = try Job.start() else { return try body(nil) }
    try ProcessGroup(communicator).run(command) {
      let given = CommandLine.arguments.dropFirst().joined(separator: " ")
      try communicator.compare(
        CommonFact.build(version: Version.description) + [
          CommonFact("what was asked for", given, advice: "start all processes with the same command")
        ])
      try body(communicator)
    }
  }
}

extension Communicator {
  /// Waits for all processes.
  func meet() { _ = all(0) }
}
