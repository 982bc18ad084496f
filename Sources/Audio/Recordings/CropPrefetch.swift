import Foundation
import KodamaCore

/// Reads a bounded number of crops ahead, in order, on a separate thread. Where no thread can be created, crops are
/// read on demand.
public final class CropPrefetch {
  private let queue: Queue
  private let read: @Sendable (Int) throws -> CropSamples
  private let runs: CropRuns
  private let first: Int
  /// The next crop to read where there is no thread; nil where there is one.
  private var ownNext: Int?

  /// Starts reading crop `first` and those that follow.
  ///
  /// - Parameters:
  ///   - features: provides the features of crops.
  ///   - ahead: the maximum number of crops read ahead, at least 1.
  public convenience init(
    _ recordings: Recordings, sampler: CropSampler, features: (any CropFeatures)? = nil, first: Int = 0,
    ahead: Int = 32
  ) {
    self.init(
      recordings, sounds: nil, sampler: sampler, features: features, targets: nil, first: first, runs: CropRuns(),
      ahead: ahead)
  }

  /// Starts reading crops of two sets of recordings.
  ///
  /// - Parameters:
  ///   - sounds: further recordings of the sampler, whose numbers follow those of the first ones.
  ///   - targets: provides the targets of crops.
  ///   - runs: which of the crops from the first one on are read.
  package init(
    _ recordings: Recordings, sounds: Recordings?, sampler: CropSampler, features: (any CropFeatures)?,
    targets: (any CropTargets)?, first: Int, runs: CropRuns, ahead: Int = 32
  ) {
    precondition(ahead > 0, "at least one crop must be read ahead, not \(ahead)")
    let queue = Queue(capacity: ahead)
    let read: @Sendable (Int) throws -> CropSamples = { number in
      let crop = sampler.crop(number)
      if let sounds, crop.recording >= recordings.count {
        return try sounds.read(
          crop, recording: crop.recording - recordings.count, length: sampler.cropLength, targets: targets)
      }
      return try recordings.read(
        crop, recording: crop.recording, length: sampler.cropLength, features: features, targets: targets)
    }
    (self.queue, self.read, self.runs) = (queue, read, runs)
    // The thread retains the queue but not this object, whose deinitializer stops it.
    let thread = SystemThread {
      var number = first
      while queue.waitForRoom() {
        queue.put(Result { try read(number) })
        number = runs.next(after: number, from: first)
      }
    }
    thread?.detach()
    (self.first, ownNext) = (first, thread == nil ? first : nil)
  }

  deinit { queue.stop() }

  /// The next crop; waits until it is read.
  ///
  /// - Throws: the error of reading it, as of `Recordings.read`; every later call throws it again.
  public func next() throws -> CropSamples {
    guard let number = ownNext else { return try queue.take().get() }
    let crop = try read(number)
    ownNext = runs.next(after: number, from: first)
    return crop
  }

  /// Returns whether the thread has ended, even after this object is released.
  var endObserver: () -> Bool { { [queue] in queue.isEnded } }

  /// Crops that were read and not yet taken. Unchecked because every stored variable is accessed under `condition`
  /// only.
  private final class Queue: @unchecked Sendable {
    private let condition = NSCondition()
    private let capacity: Int
    private var waiting: [Result<CropSamples, any Error>] = []
    private var failure: (any Error)?
    private var isStopped = false
    private var hasEnded = false

    init(capacity: Int) { self.capacity = capacity }

    var isEnded: Bool { condition.withLock { hasEnded } }

    /// Waits until a crop may be added; false where the queue was stopped or has failed.
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
