import CKernels
import KodamaWaveNets

/// The features of a stream and what they add to the gates of its next steps, worked out for several steps together:
/// each reading of the weights serves all of them.
///
/// `@unchecked Sendable`: only a stream that is its sole owner writes.
final class StreamConditions: @unchecked Sendable {
  private var feed: FeatureFeed
  /// Buffers of conditions alone, of which those before `prepared` are worked out and those before `used` are used.
  private let buffers: StepBuffers
  private var prepared = 0
  private var used = 0

  init(_ feed: FeatureFeed, _ engine: WaveNetEngine) {
    self.feed = feed
    buffers = StepBuffers(count: engine.kernels.pointee.tile_steps, bytes: engine.layout.conditionBytes)
    for index in 0..<buffers.count {
      buffers[index].initializeMemory(as: UInt8.self, repeating: 0, count: engine.layout.conditionBytes)
    }
  }

  init(copying other: StreamConditions) {
    feed = other.feed
    buffers = StepBuffers(copying: other.buffers)
    (prepared, used) = (other.prepared, other.used)
  }

  /// The steps that can be taken now; nil where there is no end of them.
  var available: Int? { feed.available.map { $0 + prepared - used } }

  /// The signal's step that comes next.
  var position: Int { feed.position - (prepared - used) }

  /// The feed as words and numbers (see `FeatureFeed`).
  var stored: (words: [UInt64], numbers: [Float]) { feed.stored }

  func add(_ frames: [Float]) { feed.add(frames) }

  func finish() { feed.finish() }

  /// Copies what labels add to the gates from a buffer, and recomputes the conditions of the steps that are prepared.
  func setLabels(of buffer: UnsafeMutableRawPointer, _ engine: WaveNetEngine) {
    let labels = engine.layout.labels
    for index in 0..<buffers.count {
      (buffers[index] + labels.lowerBound).copyMemory(from: buffer + labels.lowerBound, byteCount: labels.count)
    }
    engine.program.run(engine.program.conditions, steps: prepared, buffers.descriptors)
  }

  /// Makes what conditions the next step the conditions of a buffer, until the step after it is taken.
  func takeStep(_ descriptor: UnsafeMutablePointer<kodama_step_buffer>, _ engine: WaveNetEngine) {
    if used == prepared {
      prepared = min(buffers.count, feed.available ?? buffers.count)
      used = 0
      precondition(prepared > 0, "the features of this step are not known yet")
      for index in 0..<prepared { feed.takeStep(Self.features(buffers[index], engine)) }
      engine.program.run(engine.program.conditions, steps: prepared, buffers.descriptors)
    }
    descriptor.pointee.conditions = UnsafePointer(buffers.descriptors[used].base)
    used += 1
  }

  /// Writes the features of the next step into a buffer, where what they add is worked out later.
  func takeFeatures(_ buffer: UnsafeMutableRawPointer, _ engine: WaveNetEngine) {
    let target = Self.features(buffer, engine)
    if used == prepared { return feed.takeStep(target) }
    target.update(from: Self.features(buffers[used], engine), count: feed.channels)
    used += 1
  }

  /// Passes over steps.
  func skip(_ count: Int) {
    let ready = min(count, prepared - used)
    used += ready
    feed.skip(count - ready)
  }

  private static func features(
    _ buffer: UnsafeMutableRawPointer, _ engine: WaveNetEngine
  ) -> UnsafeMutablePointer<Float> {
    (buffer + (engine.layout.features ?? 0)).assumingMemoryBound(to: Float.self)
  }
}
