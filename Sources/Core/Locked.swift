#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A value that one thread at a time reads and writes.
///
/// It is used as `Mutex` of the module Synchronization, but is a mutex of the system, which ThreadSanitizer knows: with
/// that of Synchronization it reports a race at every access that is locked.
///
/// `@unchecked Sendable`: the value is reached through `withLock` only.
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

  /// Runs `body` on the value while no other thread is in such a call. It must not call this again.
  package borrowing func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&value.pointee)
  }
}
