#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A second thread for the length of one call, for work that two threads hand back and forth too often to sleep between.
package enum Companion {
  /// Runs `companion` on a thread of its own beside `body`, and returns when both are done.
  ///
  /// - Returns: false where the system gives no thread; then nothing was run.
  package static func run(_ companion: @escaping @Sendable () -> Void, beside body: () -> Void) -> Bool {
    let work = Unmanaged.passRetained(Work(companion))
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let status = pthread_create(
      &thread, nil,
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
      return false
    }
    body()
    #if canImport(Darwin)
      if let thread { pthread_join(thread, nil) }
    #else
      pthread_join(thread, nil)
    #endif
    return true
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
