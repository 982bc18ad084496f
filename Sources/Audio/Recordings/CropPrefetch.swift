import Foundation
import KodamaCore

/// Reads crops ahead on a thread of its own, in order, a bounded number of them. Where the system gives no thread they are
/// read when they are asked for.
public final class CropPrefetch {
  private let queue: Queue
  private let read: @Sendable (Int) throws -> CropSamples
  /// The crop to read next where there is no thread; nil where there is one.
  private var ownNext: Int?

  /// Begins to read crop `first` and those that follow.
  ///
  /// - Parameters:
  ///   - companion: finds what goes with the crops.
  ///   - ahead: how many crops may wait, at least 1.
  public init(
    _ recordings: Recordings, sampler: CropSampler, companion: (any CropCompanion)? = nil, first: Int = 0,
    ahead: Int = 32
  ) {
    precondition(ahead > 0, "at least one crop must be read ahead, not \(ahead)")
    let queue = Queue(capacity: ahead)
    let read: @Sendable (Int) throws -> CropSamples = { number in
      try recordings.read(sampler.crop(number), length: sampler.cropLength, companion: companion)
    }
    (self.queue, self.read) = (queue, read)
    // The thread holds the queue and not this object, whose end stops it.
    let thread = SystemThread {
      var number = first
      while queue.waitForRoom() {
        queue.put(Result { try read(number) })
        number += 1
      }
    }
    thread?.detach()
    if thread == nil { ownNext = first }
  }

  deinit { queue.stop() }

  /// The next crop, waiting for it where it is not read yet.
  ///
  /// - Throws: what reading it threw, as `Recordings.read`; from then on always.
  public func next() throws -> CropSamples {
    guard let number = ownNext else { return try queue.take().get() }
    let crop = try read(number)
    ownNext = number + 1
    return crop
  }

  /// Tells whether the thread has ended, also when this object is gone.
  var endObserver: () -> Bool { { [queue] in queue.isEnded } }

  /// Crops that wait to be taken. Unchecked because every stored variable is touched under `condition` only.
  private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private let capacity: Int
    private var waiting: [Result<CropSamples, any Error>] = []
    private var failure: (any Error)?
    private var isStopped = false
    private var hasEnded = false

    init(capacity: Int) { self.capacity = capacity }

    var isEnded: Bool { condition.withLock { hasEnded } }

    /// Waits until a crop may be added; false when there is nothing more to do.
    func waitForRoom() -> Bool {
      condition.withLock {
        while waiting.count >= capacity && !isStopped { condition.wait() }
        let goesOn = !isStopped && failure == nil
        hasEnded = !goesOn
        return goesOn
      }
    }

    func put(_ result: Result<CropSamples, any Error>) {
      condition.withLock {
        if case .failure(let error) = result { failure = error }
        waiting.append(result)
        condition.broadcast()
      }
    }

    func take() -> Result<CropSamples, any Error> {
      condition.withLock {
        while waiting.isEmpty && failure == nil { condition.wait() }
        if waiting.isEmpty, let failure { return .failure(failure) }
        condition.broadcast()
        return waiting.removeFirst()
      }
    }

    func stop() {
      condition.withLock {
        isStopped = true
        condition.broadcast()
      }
    }
  }
}
