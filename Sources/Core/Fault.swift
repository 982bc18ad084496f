/// What a failed command returns to the shell, after BSD's sysexits.
public enum ExitStatus: Int32, Sendable {
  /// The command line was wrong.
  case usage = 64
  /// The input's content was wrong.
  case badData = 65
  /// The input does not exist or cannot be read.
  case noInput = 66
  /// A fault in this software, or a state it cannot go on from.
  case `internal` = 70
  /// The operating system gave too little, such as no thread or no memory.
  case system = 71
  /// The output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed midway.
  case inputOutput = 74
  /// Ended by SIGHUP.
  case hungUp = 129
  /// Ended by SIGINT.
  case interrupted = 130
  /// The reader of the output went away.
  case brokenPipe = 141
  /// Ended by SIGTERM.
  case terminated = 143
}

/// An error that names the file and the field, says what to do, and knows the exit status it ends a command with.
public protocol Fault: Error, CustomStringConvertible, Sendable {
  /// What a command that fails with this error returns.
  var exitStatus: ExitStatus { get }
}
