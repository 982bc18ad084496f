import Kodama
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// SIGINT and SIGTERM: the first asks the work to save and end, the second ends the process at once.
enum Interruption {
  // A signal handler reaches nothing but globals; this one is an atomic and only the handler writes it.
  private static let received = Atomic<Int32>(0)

  /// From now on signals are heard, also where the process was started by one that keeps them from its threads.
  static func listen() {
    // Made before a handler can reach it: making a global is not for handlers.
    _ = isRequested
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM] { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.received.exchange(number, ordering: .relaxed) != 0 { _exit(128 + number) }
      }
    }
  }

  /// Whether a signal came.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// What a command that was asked to end returns.
  static var exitStatus: ExitStatus { received.load(ordering: .relaxed) == SIGTERM ? .terminated : .interrupted }
}
