import Foundation
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A command of the shell that is run with some arguments, for no longer than a limit.
struct ChildProgram: Sendable, Equatable {
  /// The command as the shell reads it.
  let command: String
  /// The longest that it may run.
  let limit: Duration

  /// How a program ended.
  enum Ending: Sendable, Equatable {
    /// It exited with a status.
    case exited(Int32)
    /// A signal ended it.
    case signalled(Int32)
    /// It ran longer than the limit, and was ended.
    case tooLong
  }

  init(_ command: String, limit: Duration) {
    self.command = command
    self.limit = limit
  }

  /// Runs the command with the arguments in place of its `"$@"`, or after it where it has none, without input.
  ///
  /// The outputs are written to files, so that a program that prints much does not wait. All processes of the program are
  /// ended where it takes too long.
  ///
  /// - Returns: how it ended, and the text of its standard output and its standard error.
  /// - Throws: `FileFault.cannotCreate`, `.cannotRead` for the files of the outputs; `ResourceFault` where no process can be
  ///   started.
  func run(_ arguments: [String]) throws -> (ending: Ending, output: String, messages: String) {
    let (output, messages) = try (SpoolFile(), SpoolFile())
    let process = try start(arguments, output: output, messages: messages)
    let ending = wait(process)
    return (ending, try Self.text(of: output), try Self.text(of: messages))
  }

  private func start(_ arguments: [String], output: SpoolFile, messages: SpoolFile) throws -> pid_t {
    #if os(Linux)
      var (attributes, actions) = (posix_spawnattr_t(), posix_spawn_file_actions_t())
    #else
      var attributes: posix_spawnattr_t?
      var actions: posix_spawn_file_actions_t?
    #endif
    posix_spawnattr_init(&attributes)
    posix_spawn_file_actions_init(&actions)
    defer {
      posix_spawnattr_destroy(&attributes)
      posix_spawn_file_actions_destroy(&actions)
    }
    // A group of its own, so that what it starts can be ended with it.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output.descriptor, 1)
    posix_spawn_file_actions_adddup2(&actions, messages.descriptor, 2)
    let words = ["sh", "-c", command.contains("$@") ? command : command + " \"$@\"", "sh"] + arguments
    let variables = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    let (copies, surroundings) = (words.map { strdup($0) }, variables.map { strdup($0) })
    defer { for copy in copies + surroundings { free(copy) } }
    var process = pid_t()
    let status = posix_spawn(&process, "/bin/sh", &actions, &attributes, copies + [nil], surroundings + [nil])
    if status != 0 { throw ResourceFault.process(reason: String(cString: strerror(status))) }
    return process
  }

  /// Waits until a process has ended, or ends it.
  private func wait(_ process: pid_t) -> Ending {
    let clock = ContinuousClock()
    let end = clock.now + limit
    var status: Int32 = 0
    // In steps that are short beside the time it runs.
    var step: UInt32 = 200
    while true {
      let found = waitpid(process, &status, WNOHANG)
      if found == process || found < 0 && errno != EINTR { break }
      if clock.now >= end {
        kill(-process, SIGKILL)
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return .tooLong
      }
      usleep(step)
      step = min(20_000, step + step / 8)
    }
    let signal = status & 0x7F
    return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
  }

  /// The most of an output that is read, in bytes.
  private static let mostText = 1 << 20

  private static func text(of file: SpoolFile) throws -> String {
    let count = min(mostText, try file.count)
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { try file.read(at: 0, into: $0) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
