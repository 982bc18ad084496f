#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A thread of the operating system, which may have none to give.
package struct SystemThread {
  private let thread: pthread_t

  /// Starts a thread that runs `body` and ends; nil where the system gives none, and then `body` is not run.
  ///
  /// It is to be joined or detached.
  package init?(_ body: @escaping @Sendable () -> Void) {
    let work = Unmanaged.passRetained(Work(body))
    #if canImport(Darwin)
      var started: pthread_t?
    #else
      var started = pthread_t()
    #endif
    let status = pthread_create(
      &started, nil,
      { argument in
        #if canImport(Darwin)
          Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body()
        #else
          argument.map { Unmanaged<Work>.fromOpaque($0).takeRetainedValue().body() }
        #endif
        return nil
      }, work.toOpaque())
    if status != 0 {
      work.release()
      return nil
    }
    #if canImport(Darwin)
      guard let started else { return nil }
    #endif
    thread = started
  }

  /// Waits until it ends.
  package func join() { pthread_join(thread, nil) }

  /// Leaves it to itself.
  package func detach() { pthread_detach(thread) }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

/// A second thread for the length of one call, for work that two threads hand back and forth too often to sleep between.
package enum SecondThread {
  /// Runs `second` on a thread of its own beside `body`, and returns when both are done.
  ///
  /// - Returns: false where the system gives no thread; then nothing was run.
  package static func run(_ second: @escaping @Sendable () -> Void, beside body: () -> Void) -> Bool {
    guard let thread = SystemThread(second) else { return false }
    body()
    thread.join()
    return true
  }
}
