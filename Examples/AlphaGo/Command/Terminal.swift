import KodamaCore
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// SIGINT and SIGTERM: the first requests the end, a second one ends the process at once.
enum Interruption {
  // A signal handler can access only globals, and this one is atomic.
  private static let received = Atomic<Int32>(0)

  /// Starts to catch signals.
  static func listen() {
    // Initialized before a handler can access it: globals must not be initialized in handlers.
    _ = isRequested
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        let isFirst = Interruption.received.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged
        if !isFirst { _exit(128 + number) }
      }
    }
  }

  /// Whether a signal was received.
  static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

  /// The exit status of an interrupted command.
  static var exitStatus: ExitStatus {
    received.load(ordering: .relaxed) == SIGTERM ? .terminated : .interrupted
  }
}

/// A line that is written over and over, where standard error is a terminal.
struct ProgressLine {
  private let isShown = isatty(2) != 0
  private var last = ContinuousClock.now - .seconds(1)
  private var length = 0

  /// Shows a text, several times a second at most.
  mutating func show(_ text: String) {
    let now = ContinuousClock.now
    guard isShown, now - last > .milliseconds(200) else { return }
    write(text)
    last = now
  }

  /// Removes the text.
  mutating func clear() { if isShown && length > 0 { write("") } }

  private mutating func write(_ text: String) {
    let blank = String(repeating: " ", count: max(0, length - text.count))
    try? FileWriter(descriptor: 2, path: "standard error").write("\r" + text + blank + (text.isEmpty ? "\r" : ""))
    length = text.count
  }
}
