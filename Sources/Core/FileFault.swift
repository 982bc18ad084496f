#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Errors of files, whatever their format.
public enum FileFault: Fault, Equatable {
  /// The file or folder does not exist or cannot be opened for reading.
  case cannotRead(path: String, reason: String)
  /// The output cannot be created: its folder is missing or read-only.
  case cannotCreate(path: String, reason: String)
  /// The output exists and may not be replaced.
  case exists(path: String)
  /// Something else took the names of outputs while they were written, and is left as it is.
  case appeared([Kept])
  /// Writing stopped midway: the disk is full or a limit was reached.
  case cannotWrite(path: String, reason: String)
  /// A name contains bytes that are not UTF-8, shown as `\xE9`.
  case nameNotUTF8(path: String)
  /// The reader of a pipe closed it.
  case brokenPipe

  /// An output under another name than its own.
  public struct Kept: Sendable, Equatable {
    /// The path that something else has taken.
    public let path: String
    /// Where the output is.
    public let kept: String
  }

  public var description: String {
    switch self {
    case .cannotRead(let path, let reason): "\(path): cannot be read: \(reason)"
    case .cannotCreate(let path, let reason): "\(path): cannot be created: \(reason)"
    case .exists(let path): "\(path) exists already; give another name, or have it replaced"
    case .appeared(let outputs):
      outputs.map { "\($0.path) appeared meanwhile and is left as it is; what was made is kept as \($0.kept)" }
        .joined(separator: "; ")
    case .cannotWrite(let path, let reason): "\(path): writing failed: \(reason)"
    case .nameNotUTF8(let path): "\(path): the name is not UTF-8; rename the file"
    case .brokenPipe: "the reader of the output went away"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .cannotRead: .noInput
    case .nameNotUTF8: .badData
    case .cannotCreate, .exists, .appeared: .cannotCreate
    case .cannotWrite: .inputOutput
    case .brokenPipe: .brokenPipe
    }
  }

  /// The operating system's message for `errno`.
  package static var reason: String { String(cString: strerror(errno)) }
}
