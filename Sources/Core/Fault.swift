/// The exit status of a failed command, after BSD's sysexits.
public enum ExitStatus: Int32, Sendable {
  /// The command line was wrong.
  case usage = 64
  /// The input's content was wrong.
  case badData = 65
  /// The input does not exist or cannot be read.
  case noInput = 66
  /// What is asked for cannot be had.
  case unavailable = 69
  /// A bug in this software, or a state that it cannot recover from.
  case `internal` = 70
  /// The operating system lacks a resource, such as threads or memory.
  case system = 71
  /// The output cannot be created.
  case cannotCreate = 73
  /// Reading or writing failed midway.
  case inputOutput = 74
  /// Ended by SIGHUP.
  case hungUp = 129
  /// Ended by SIGINT.
  case interrupted = 130
  /// The reader of the output closed the pipe.
  case brokenPipe = 141
  /// Ended by SIGTERM.
  case terminated = 143
}

/// An error whose description names the file, the field and the remedy, with the exit status of a command that
/// fails with it.
public protocol Fault: Error, CustomStringConvertible, Sendable {
  /// The exit status of a command that fails with this error.
  var exitStatus: ExitStatus { get }
}

/// A resource that the operating system did not provide.
public enum ResourceFault: Fault, Equatable {
  /// The limit on the process's address space leaves too little for the working memory of matrix products.
  case addressSpace(needed: Int, limit: Int, threads: Int)
  /// An allocation of so many bytes failed.
  case memory(bytes: Int)
  /// No process could be started.
  case process(reason: String)

  public var description: String {
    switch self {
    case .addressSpace(let needed, let limit, let threads):
      "matrix products on \(threads) threads need \(needed >> 20) MiB of address space, which the limit of \(limit >> 20) "
        + "MiB for this process (ulimit -v) does not leave; raise it, or use fewer threads"
    case .memory(let bytes):
      "out of memory: the system gave none for \((bytes + 1 << 20 - 1) >> 20) MiB more; ask for less at once, end other "
        + "programs, or raise a limit on this one (ulimit -v)"
    case .process(let reason):
      "no program can be started: \(reason); end other programs, or raise a limit on their number (ulimit -u)"
    }
  }

  public var exitStatus: ExitStatus { .system }
}
