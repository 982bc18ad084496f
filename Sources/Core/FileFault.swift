#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What can go wrong with a file whatever its format.
public enum FileFault: Fault, Equatable {
  /// The file or folder does not exist or cannot be opened for reading.
  case cannotRead(path: String, reason: String)
  /// The output cannot be created: its folder is missing or read-only.
  case cannotCreate(path: String, reason: String)
  /// The output exists and was not to be replaced.
  case exists(path: String)
  /// While outputs were written something else took their names, which is left as it is.
  case appeared([Kept])
  /// Writing stopped midway: the disk is full or a limit was reached.
  case cannotWrite(path: String, reason: String)
  /// A name holds bytes that are not UTF-8, shown as `\xE9`.
  case nameNotUTF8(path: String)
  /// The reader of a pipe went away.
  case brokenPipe

  /// An output under another name than its own.
  public struct Kept: Sendable, Equatable {
    /// The name that something else has.
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

  /// What the operating system says of the error of its last call.
  package static var reason: String { String(cString: strerror(errno)) }
}
