import Kodama
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// SIGINT, SIGTERM, and SIGHUP when a terminal closes: the first requests the work to save and end, a second one ends
/// the process at once. SIGHUP does not count as a second one: a terminal that closes often sends it twice.
enum Interruption {
  // A signal handler can access only globals; this one is atomic, and only the handler writes it.
  private static let received = Atomic<Int32>(0)

  /// Starts to catch signals, also where the parent process blocks them. An ignored SIGHUP stays ignored, as under
  /// nohup.
  static func listen() {
    // Initialized before a handler can access it: globals must not be initialized in handlers.
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

  /// Whether a signal was received.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit status of an interrupted command.
  static var exitStatus: ExitStatus {
    switch received.load(ordering: .relaxed) {
    case SIGTERM: .terminated
    case SIGHUP: .hungUp
    default: .interrupted
    }
  }
}
