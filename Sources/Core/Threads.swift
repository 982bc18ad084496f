#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A value protected by a mutex.
///
/// The interface is that of `Mutex` in Synchronization. It wraps a system mutex, which ThreadSanitizer recognizes: with
/// Synchronization's, it reports a race at every locked access.
///
/// `@unchecked Sendable`: the value is accessed through `withLock` only.
package struct Locked<Value>: ~Copyable, @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

  package init(_ initialValue: sending Value) {
    let error = pthread_mutex_init(mutex, nil)
    precondition(error == 0, "no mutex could be initialized: error \(error)")
    value.initialize(to: initialValue)
  }

  deinit {
    value.deinitialize(count: 1)
    value.deallocate()
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  /// Calls `body` with exclusive access to the value. `body` must not lock this value again.
  package borrowing func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value.pointee)
  }
}

/// A thread of the operating system, whose creation may fail.
package struct SystemThread {
  private let thread: pthread_t

  /// Starts a thread that runs `body`; nil where the system cannot create one, and then `body` is not run.
  ///
  /// The caller must join or detach it.
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

  /// Detaches it.
  package func detach() { pthread_detach(thread) }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}

/// A second thread for the duration of one call, for work that two threads exchange too often to sleep in between.
package enum SecondThread {
  /// Runs `second` on a new thread concurrently with `body`, and returns when both are done.
  ///
  /// - Returns: false where no thread could be created; then nothing was run.
  package static func run(_ second: @escaping @Sendable () -> Void, beside body: () -> Void) -> Bool {
    guard let thread = SystemThread(second) else { return false }
    body()
    thread.join()
    return true
  }
}
