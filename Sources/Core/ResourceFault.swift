/// What the operating system did not give.
public enum ResourceFault: Fault, Equatable {
  /// The limit of the process's address space leaves too little for the working memory of matrix products.
  case addressSpace(needed: Int, limit: Int, threads: Int)
  /// The system gave no memory for so many bytes.
  case memory(bytes: Int)

  public var description: String {
    switch self {
    case .addressSpace(let needed, let limit, let threads):
      "matrix products on \(threads) threads need \(needed >> 20) MiB of address space, which the limit of \(limit >> 20) "
        + "MiB for this process (ulimit -v) does not leave; raise it, or use fewer threads"
    case .memory(let bytes):
      "out of memory: the system gave none for \((bytes + 1 << 20 - 1) >> 20) MiB more; ask for less at once, end other "
        + "programs, or raise a limit on this one (ulimit -v)"
    }
  }

  public var exitStatus: ExitStatus { .system }
}
