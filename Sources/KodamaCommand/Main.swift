import ArgumentParser
import Kodama
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Parses the command line, runs one command, and converts its error to a message and an exit status.
@main enum Main {
  static func main() {
    // A closed pipe and a limit of file sizes are errors of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
    Terminal.reserveDescriptors()
    MatrixLibrary.useOneThread()
    AlignedMemory.onFailure { fault in
      Terminal.error(Advice.message(fault))
      // Other threads are still running, and use what a normal exit would destroy.
      _exit(fault.exitStatus.rawValue)
    }
    if let requested = InstructionSet.requested, requested != "\(InstructionSet.current)" {
      let names = InstructionSet.available.map { "\($0)" }.joined(separator: ", ")
      Terminal.error("KODAMA_ISA=\(requested): this processor has kernels for \(names)")
      exit(ExitStatus.usage.rawValue)
    }
    refuseOtherEncodings()
    let arguments = Array(CommandLine.arguments.dropFirst())
    if let script = CompletionScript.requested(by: arguments) {
      do { try FileWriter.standardOutput.write(script + "\n") } catch { exit(ExitStatus.inputOutput.rawValue) }
      exit(0)
    }
    if let message = unknownCommand(in: arguments) {
      Terminal.usage(message)
      exit(ExitStatus.usage.rawValue)
    }
    do {
      var command = try KodamaCommand.parseAsRoot()
      try command.run()
    } catch let fault as any Fault {
      if fault.exitStatus != .brokenPipe { Terminal.error(Advice.message(fault)) }
      exit(fault.exitStatus.rawValue)
    } catch let status as ExitStatus {
      exit(status.rawValue)
    } catch let code as ExitCode {
      exit(code.rawValue)
    } catch  where KodamaCommand.exitCode(for: error) == .failure {
      // Neither a fault, nor an invalid command line, nor a request for help.
      Terminal.error("internal error: \(error); please report it")
      exit(ExitStatus.internal.rawValue)
    } catch {
      let code = KodamaCommand.exitCode(for: error)
      if code.isSuccess { KodamaCommand.exit(withError: error) }
      Terminal.usage(KodamaCommand.fullMessage(for: error))
      exit(code.rawValue)
    }
  }
}

extension Main {
  /// A message where a command is none of those there are, with the nearest; else nil.
  private static func unknownCommand(in arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = KodamaCommand.self
    for argument in arguments {
      let known = command.configuration.subcommands
      if known.isEmpty || argument.hasPrefix("-") || argument == "help" { return nil }
      if let next = known.first(where: { $0._commandName == argument }) {
        command = next
        continue
      }
      let names = known.map { $0._commandName }
      let nearest = EditDistance.nearest(to: argument.lowercased(), of: names) ?? ""
      let isNear =
        EditDistance.between(argument.lowercased(), nearest) <= max(1, min(argument.count, nearest.count) / 2)
      let advice = isNear ? "did you mean \(nearest)?" : "there are \(names.joined(separator: ", "))"
      let usage = KodamaCommand.usageString(for: command)
      return "Error: there is no command '\(argument.excerpt(80))'; \(advice)\nUsage: \(usage)\n"
        + "  See 'kodama --help' for more information."
    }
    return nil
  }

  /// Ends with a message where an argument is not UTF-8. Invalid bytes are replaced in strings, so that another file
  /// than the given one would be read or written.
  private static func refuseOtherEncodings() {
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[index].map({ TextDecoding.name($0) }), !argument.isUTF8 else {
        continue
      }
      Terminal.error(
        "\(argument.text): this argument is not UTF-8; rename the file, or use another name, such as a link")
      exit(ExitStatus.usage.rawValue)
    }
  }
}

// A command that has printed its message ends with a bare status.
extension ExitStatus: Error {}
