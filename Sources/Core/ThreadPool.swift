import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The threads that help with parallel loops, started when a loop first asks for them and kept for the next; without work
/// they sleep.
///
/// The thread that runs a loop takes parts itself, and waits in the end only for threads that are in the middle of one.
/// So a loop is done with as many threads as come, also where the system gives none, and loops may be nested.
///
/// `@unchecked Sendable`: what changes is touched under `mutex` only.
final class ThreadPool: @unchecked Sendable {
  /// The threads of all loops.
  static let shared = ThreadPool()

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// A loop wants helpers.
  private let invitation = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// A loop has no helper any more.
  private let departure = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// The loops that want more helpers, the oldest first.
  private var loops: [UnsafeMutablePointer<Loop>] = []
  private var threads = 0
  /// Loops to come before the system is asked again for a thread, after it had none.
  private var loopsUntilRetry = 0

  private static let retryInterval = 1000

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(invitation, nil)
    pthread_cond_init(departure, nil)
  }

  /// A loop that is running.
  private struct Loop: ~Copyable {
    let parts: Int
    let body: @Sendable (Int) -> Void
    /// The part that is taken next.
    let next = Atomic<Int>(0)
    /// Helpers that may still come; changed under the pool's mutex, like `active`.
    let wanted: Atomic<Int>
    /// Helpers at work.
    let active = Atomic<Int>(0)

    init(parts: Int, helpers: Int, _ body: @escaping @Sendable (Int) -> Void) {
      self.parts = parts
      self.body = body
      wanted = Atomic(helpers)
    }

    /// Takes parts until none is left.
    borrowing func run() {
      while true {
        let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if part >= parts { return }
        body(part)
      }
    }
  }

  /// Runs `body` once for each part on the calling thread and on up to `helpers` others; returns when all are done.
  func run(parts: Int, helpers: Int, _ body: @Sendable (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      let loop = UnsafeMutablePointer<Loop>.allocate(capacity: 1)
      loop.initialize(to: Loop(parts: parts, helpers: helpers, body))
      invite(to: loop, helpers)
      loop.pointee.run()
      dismiss(loop)
      loop.deinitialize(count: 1)
      loop.deallocate()
    }
  }

  private func invite(to loop: UnsafeMutablePointer<Loop>, _ helpers: Int) {
    pthread_mutex_lock(mutex)
    loops.append(loop)
    loopsUntilRetry = max(0, loopsUntilRetry - 1)
    while threads < helpers && loopsUntilRetry == 0 {
      if let thread = SystemThread({ self.help() }) {
        thread.detach()
        threads += 1
      } else {
        loopsUntilRetry = Self.retryInterval
      }
    }
    for _ in 0..<min(helpers, threads) { pthread_cond_signal(invitation) }
    pthread_mutex_unlock(mutex)
  }

  /// Waits for the helpers of a loop that has no part left.
  private func dismiss(_ loop: UnsafeMutablePointer<Loop>) {
    pthread_mutex_lock(mutex)
    loops.removeAll { $0 == loop }
    while loop.pointee.active.load(ordering: .relaxed) > 0 { pthread_cond_wait(departure, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// What a thread of the pool does, without end.
  private func help() {
    pthread_mutex_lock(mutex)
    while true {
      guard let loop = loops.first else {
        pthread_cond_wait(invitation, mutex)
        continue
      }
      if loop.pointee.wanted.subtract(1, ordering: .relaxed).newValue == 0 { loops.removeFirst() }
      loop.pointee.active.add(1, ordering: .relaxed)
      pthread_mutex_unlock(mutex)
      loop.pointee.run()
      pthread_mutex_lock(mutex)
      // The loop's thread may go on from here; nothing of the loop is touched afterwards.
      if loop.pointee.active.subtract(1, ordering: .relaxed).newValue == 0 { pthread_cond_broadcast(departure) }
    }
  }
}
