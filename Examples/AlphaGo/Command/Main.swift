import ArgumentParser
import GoGame
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Parses the command line, runs one command, and converts its error to a message and an exit status.
@main enum Main {
  static func main() {
    // A closed pipe is an error of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try KodamaGo.parseAsRoot()
      try command.run()
    } catch let fault as any Fault {
      if fault.exitStatus != .brokenPipe { report("Error: \(fault)") }
      exit(fault.exitStatus.rawValue)
    } catch {
      KodamaGo.exit(withError: error)
    }
  }

  /// Writes a line to standard error.
  static func report(_ text: String) {
    try? FileWriter(descriptor: 2, path: "standard error").write(text + "\n")
  }
}

struct KodamaGo: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kodama-go", abstract: "Play Go: over GTP, in a terminal, and in matches of programs.",
    version: "kodama-go \(KodamaGo.programVersion)",
    subcommands: [
      GTP.self, Play.self, Match.self, Learn.self, Imitate.self, Reinforce.self, Positions.self, Show.self,
      Export.self, Bench.self,
    ])

  static let programVersion = "0.1"
}
