import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The job of several processes that this process belongs to.
public enum Job {
  /// The processes of the job, where a launcher such as mpirun started this one; else nil. Called once.
  ///
  /// - Throws: `DistributedFault.withoutMPI`.
  public static func start() throws -> (any Communicator)? {
    // Of Open MPI's mpirun, and of launchers of any MPI.
    let variables = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]
    guard let launcher = variables.first(where: { (name: String) in getenv(name) != nil }) else { return nil }
    #if MPI
      _ = launcher
      return MPICommunicator()
    #else
      throw DistributedFault.withoutMPI(launcher: launcher)
    #endif
  }
}
