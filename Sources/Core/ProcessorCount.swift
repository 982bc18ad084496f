#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processors of the machine.
public enum ProcessorCount {
  /// The number of processors online, at least 1. A process that is kept to some of them should be told its threads.
  public static var available: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }
}
