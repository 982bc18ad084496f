import Kodama

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard input; waiting for it can be interrupted.
enum StandardInput {
  /// The name in messages.
  static let path = "standard input"

  /// Milliseconds between two checks for an interruption: the signal may be delivered to another thread.
  private static let interval: Int32 = 100

  /// Fills the start of a buffer with available bytes, and waits where there are none yet.
  ///
  /// - Returns: the number of bytes; 0 at the end.
  /// - Throws: `FileFault.cannotRead`; `Interruption.exitStatus` on interruption.
  static func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while !Interruption.isRequested {
      var input = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
      let ready = poll(&input, 1, interval)
      if ready == 0 { continue }
      #if canImport(Glibc)
        let count = ready < 0 ? -1 : Glibc.read(0, buffer.baseAddress, buffer.count)
      #else
        let count = ready < 0 ? -1 : Darwin.read(0, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 { return count }
      // A signal ends the wait, not the stream.
      if errno != EINTR && errno != EAGAIN {
        throw FileFault.cannotRead(path: path, reason: String(cString: strerror(errno)))
      }
    }
    throw Interruption.exitStatus
  }
}
