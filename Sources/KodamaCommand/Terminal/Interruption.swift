import Kodama
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// SIGINT, SIGTERM, and SIGHUP where a terminal closes: the first asks the work to save and end, a second one ends the
/// process at once. SIGHUP is not such a second one: a terminal that closes often sends it twice, and nobody is there to
/// be in a hurry.
enum Interruption {
  // A signal handler reaches nothing but globals; this one is an atomic and only the handler writes it.
  private static let received = Atomic<Int32>(0)

  /// From now on signals are caught, also where the process was started by one that blocks them. SIGHUP stays ignored
  /// where it is, as under nohup.
  static func listen() {
    // Made before a handler can reach it: making a global is not for handlers.
    _ = isRequested
    let numbers = [SIGINT, SIGTERM] + (isIgnored(SIGHUP) ? [] : [SIGHUP])
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    sigprocmask(SIG_UNBLOCK, &signals, nil)
    for number in numbers {
      signal(number) { number in
        let isFirst = Interruption.received.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged
        if !isFirst && number != SIGHUP { _exit(128 + number) }
      }
    }
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// Whether a signal came.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// What a command that was asked to end returns.
  static var exitStatus: ExitStatus {
    switch received.load(ordering: .relaxed) {
    case SIGTERM: .terminated
    case SIGHUP: .hungUp
    default: .interrupted
    }
  }
}
