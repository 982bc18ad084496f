import ArgumentParser
import Kodama

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension ProcessGroup {
  /// Does what all processes do together, and ends the job with an error of any.
  ///
  /// - Parameter command: the command that does it, for messages about its options.
  func run(_ command: any ParsableCommand.Type, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch {
      try fail(command, error)
    }
    communicator.finish()
  }

  /// Ends all processes with the error of this one.
  private func fail(_ command: any ParsableCommand.Type, _ error: any Error) throws {
    let status: ExitStatus
    switch error {
    case let own as ExitStatus where !isAbandoned:
      // All were interrupted, and have saved.
      communicator.finish()
      throw own
    case let own as ExitStatus: status = own
    case let fault as any Fault:
      report(Advice.message(fault))
      status = fault.exitStatus
    default:
      report(command.fullMessage(for: error))
      status = .usage
    }
    communicator.abort(status)
  }

  /// Prints the error of the first process, and of others those that the first does not have: it ends them otherwise.
  private func report(_ message: String) {
    if isFirst { return Terminal.error(message) }
    sleep(1)
    Terminal.error("rank \(communicator.rank): \(message)")
  }
}
