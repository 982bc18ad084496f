import KodamaCore

/// Errors of several processes that work together.
public enum DistributedFault: Fault, Equatable {
  /// A launcher started the process, as a variable of the environment shows, and this build has no MPI.
  case withoutMPI(launcher: String)
  /// A process that differs from the first one.
  case differs(rank: Int, host: String, what: String, found: String, first: String, advice: String)
  /// What several processes do not do together.
  case together(what: String, advice: String)
  /// An asynchronous training without a process that computes gradients.
  case noWorker
  /// Fewer parts of work than processes.
  case tooFew(what: String, count: Int, processes: Int)

  public var description: String {
    switch self {
    case .withoutMPI(let launcher):
      "several processes were started by a launcher (\(launcher) is set), and this build has no MPI; build with the trait "
        + "MPI, or start one process without the launcher"
    case .differs(let rank, let host, let what, let found, let first, let advice):
      "rank \(rank) on \(host): \(what) is \(found), and on rank 0 it is \(first); \(advice)"
    case .together(let what, let advice): "\(what) is not for several processes; \(advice)"
    case .noWorker:
      "asynchronous training takes two processes or more: the first one only keeps the weights; start more"
    case .tooFew(let what, let count, let processes):
      "\(what): there are \(count) for \(processes) processes, each of which needs one; start fewer, or give more"
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .withoutMPI: .unavailable
    case .differs: .badData
    case .noWorker, .together, .tooFew: .usage
    }
  }
}
