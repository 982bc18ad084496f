import Kodama

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Standard input, waited for in such a way that a request to end is heard while nothing comes.
enum StandardInput {
  /// What messages call it.
  static let path = "standard input"

  /// Milliseconds between two looks at whether the process is to end: the signal may go to a thread that does not wait.
  private static let interval: Int32 = 100

  /// Fills the beginning of a buffer with what there is, waiting where there is nothing yet.
  ///
  /// - Returns: the bytes brought; 0 at the end.
  /// - Throws: `FileFault.cannotRead`; `Interruption.exitStatus` where the process is to end.
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
      // A signal ends the waiting, not the stream.
      if errno != EINTR && errno != EAGAIN {
        throw FileFault.cannotRead(path: path, reason: String(cString: strerror(errno)))
      }
    }
    throw Interruption.exitStatus
  }
}
