#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where and when events come about: all in an event file that differs between two runs of the same training.
package struct EventOrigin: Sendable {
  /// The name of the machine.
  package let host: String
  /// The number of the process.
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
    // A name that is too long may lack its end.
    let isKnown = gethostname(&name, name.count - 1) == 0
    let host = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return EventOrigin(host: isKnown && !host.isEmpty ? host : "localhost", process: getpid()) {
      var time = timespec()
      clock_gettime(CLOCK_REALTIME, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
  }
}
