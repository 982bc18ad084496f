import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The helper threads of parallel loops, started on first use and kept for later loops.
///
/// An idle thread polls for some microseconds and then sleeps: the loops of a training step follow each other within that
/// time, and waking a thread takes as long as a loop of a small network.
///
/// The thread that runs a loop takes parts itself, and at the end waits only for helpers that are still running one. So
/// a loop completes with however many threads are available, even none, and loops may be nested.
///
/// `@unchecked Sendable`: mutable state is accessed under `mutex` only.
final class ThreadPool: @unchecked Sendable {
  /// The threads of all loops.
  static let shared = ThreadPool()

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  /// Signaled when a loop wants helpers.
  private let invitation = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// Signaled when the last helper of a loop leaves it.
  private let departure = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// The loops that want more helpers, the oldest first.
  private var loops: [UnsafeMutablePointer<Loop>] = [] {
    didSet { openLoops.store(loops.count, ordering: .relaxed) }
  }
  /// The number of these loops, which waiting threads read without the mutex.
  private let openLoops = Atomic<Int>(0)
  /// Threads that sleep until they are invited.
  private var sleeping = 0
  private var threads = 0
  /// Loops until thread creation is tried again after a failure.
  private var loopsUntilRetry = 0

  private static let retryInterval = 1000
  /// How often a condition is polled before a thread sleeps: for about 50 µs.
  private static let polls = 2000

  private init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(invitation, nil)
    pthread_cond_init(departure, nil)
  }

  /// A loop that is running.
  private struct Loop: ~Copyable {
    let parts: Int
    let body: @Sendable (Int) -> Void
    /// The next part to run.
    let next = Atomic<Int>(0)
    /// Helpers that may still join; changed under the pool's mutex, like `active`.
    let wanted: Atomic<Int>
    /// Helpers that are running parts.
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
    for _ in 0..<min(helpers, sleeping) { pthread_cond_signal(invitation) }
    pthread_mutex_unlock(mutex)
  }

  /// Polls a condition for a short time, until it holds.
  private static func poll(_ condition: () -> Bool) {
    for _ in 0..<polls {
      if condition() { return }
      kodama_pause()
    }
  }

  /// Waits for the helpers of a loop that has no part left.
  private func dismiss(_ loop: UnsafeMutablePointer<Loop>) {
    pthread_mutex_lock(mutex)
    loops.removeAll { $0 == loop }
    pthread_mutex_unlock(mutex)
    // A helper decrements the number under the mutex and does not access the loop after it.
    Self.poll { loop.pointee.active.load(ordering: .relaxed) == 0 }
    pthread_mutex_lock(mutex)
    while loop.pointee.active.load(ordering: .relaxed) > 0 { pthread_cond_wait(departure, mutex) }
    pthread_mutex_unlock(mutex)
  }

  /// The endless loop of a thread of the pool.
  private func help() {
    pthread_mutex_lock(mutex)
    while true {
      guard let loop = loops.first else {
        pthread_mutex_unlock(mutex)
        Self.poll { openLoops.load(ordering: .relaxed) > 0 }
        pthread_mutex_lock(mutex)
        if loops.isEmpty {
          sleeping += 1
          pthread_cond_wait(invitation, mutex)
          sleeping -= 1
        }
        continue
      }
      if loop.pointee.wanted.subtract(1, ordering: .relaxed).newValue == 0 { loops.removeFirst() }
      loop.pointee.active.add(1, ordering: .relaxed)
      pthread_mutex_unlock(mutex)
      loop.pointee.run()
      pthread_mutex_lock(mutex)
      // The loop's thread may return from here on; the loop must not be accessed afterwards.
      if loop.pointee.active.subtract(1, ordering: .relaxed).newValue == 0 { pthread_cond_broadcast(departure) }
    }
  }
}
