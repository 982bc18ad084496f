#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The name of an event file, `events.out.tfevents.<seconds>.<host>.<process>.<number>`. TensorBoard recognizes event
/// files by it, and reads those in a folder in the order of their names.
struct EventFileName: CustomStringConvertible {
  private static let prefix = "events.out.tfevents."
  /// Names sort by their seconds as long as these have this many digits.
  private static let digits = 10

  /// The time of creation in seconds since 1970, or slightly later.
  let seconds: Int
  let host: String
  let process: Int32
  /// The number of files that this process created before.
  let number: Int

  /// The name of a file that is read after all others in a folder: its seconds are later than theirs, even where two
  /// are created within a second or the clock was set back.
  ///
  /// - Parameter names: the names in the folder.
  init(after names: [String], origin: EventOrigin, number: Int) {
    let latest = names.compactMap(Self.seconds).max() ?? 0
    seconds = max(latest + 1, Int(origin.now()))
    // A slash would be a path separator.
    host = String(origin.host.map { $0 == "/" ? "-" : $0 })
    process = origin.process
    self.number = number
  }

  var description: String {
    let text = String(seconds)
    let zeros = String(repeating: "0", count: max(0, Self.digits - text.count))
    return "\(Self.prefix)\(zeros)\(text).\(host).\(process).\(number)"
  }

  /// The seconds in the name of an event file; nil for another name.
  private static func seconds(_ name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let text = name.dropFirst(prefix.count).prefix { $0 != "." }
    return text.count == digits ? Int(text) : nil
  }
}

/// The host, process and clock of events: everything in an event file that differs between two runs of the same
/// training.
package struct EventOrigin: Sendable {
  /// The name of the machine.
  package let host: String
  /// The process ID.
  package let process: Int32
  /// The time in seconds since 1970.
  package let now: @Sendable () -> Double

  package init(host: String, process: Int32, now: @escaping @Sendable () -> Double) {
    self.host = host
    self.process = process
    self.now = now
  }

  /// This process on this machine, by the system's clock.
  package static var current: EventOrigin {
    var name = [CChar](repeating: 0, count: 256)
    // A name that is too long may not be terminated.
    let isKnown = gethostname(&name, name.count - 1) == 0
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return EventOrigin(host: isKnown && !host.isEmpty ? host : "localhost", process: getpid()) {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
  }
}
