import KodamaWaveNets

/// The state of a stream between samples: a step buffer with its rings.
///
/// `@unchecked Sendable`, and accesses are not checked each time: only a stream that is its sole owner writes.
final class StreamMemory: @unchecked Sendable {
  /// How far the present step is.
  enum Progress: UInt8 {
    /// The input has not gone through the network.
    case pending
    /// The input is in the caches, the logits are computed.
    case evaluated
  }

  let buffer: StepBuffers
  /// The input code of the present step; nil at the start of a signal.
  @exclusivity(unchecked) var input: Int?
  @exclusivity(unchecked) var progress = Progress.pending
  /// The features of the signal; nil where the network is not conditioned on any.
  @exclusivity(unchecked) private(set) var conditions: StreamConditions?
  /// Whether it pays to share the stream between two threads.
  var pace = TwoThreadPace()

  /// The state at the start of a signal.
  ///
  /// - Precondition: the conditions are of the engine's network.
  init(_ engine: WaveNetEngine, conditions: Conditions) {
    buffer = StepBuffers(count: 1, bytes: engine.layout.byteCount)
    restart(engine, conditions: conditions)
  }

  /// The state at some step, whose buffer is still to be filled.
  init(_ engine: WaveNetEngine, feed: FeatureFeed?) {
    buffer = StepBuffers(count: 1, bytes: engine.layout.byteCount)
    conditions = feed.map { StreamConditions($0, engine) }
  }

  init(copying other: StreamMemory) {
    buffer = StepBuffers(copying: other.buffer)
    input = other.input
    progress = other.progress
    conditions = other.conditions.map { StreamConditions(copying: $0) }
    pace = other.pace
  }

  /// The address of the buffer.
  var base: UnsafeMutableRawPointer { buffer[0] }

  /// The floats at an offset of the layout.
  func floats(at offset: Int) -> UnsafeMutablePointer<Float> {
    (base + offset).assumingMemoryBound(to: Float.self)
  }

  /// The slot of a delay's ring that contains its oldest value and takes the next.
  func slot(_ delay: StepBufferLayout.Delay) -> UInt32 { base.load(fromByteOffset: delay.slot, as: UInt32.self) }

  /// Moves a delay's ring on.
  func setSlot(_ slot: UInt32, _ delay: StepBufferLayout.Delay) {
    base.storeBytes(of: slot, toByteOffset: delay.slot, as: UInt32.self)
  }

  /// Goes to the next step, whose input is `code`.
  func accept(_ code: Int) {
    input = code
    progress = .pending
  }

  /// Goes to the start of a signal.
  ///
  /// - Precondition: the conditions are of the engine's network.
  func restart(_ engine: WaveNetEngine, conditions: Conditions) {
    engine.layout.clear(base)
    input = nil
    progress = .pending
    self.conditions = engine.features.map { StreamConditions(FeatureFeed($0, conditions.features), engine) }
    setLabels(conditions, engine)
  }

  /// Updates the prepared conditions from the labels in the buffer, after its bytes were restored.
  func resumeLabels(_ engine: WaveNetEngine) { conditions?.setLabels(of: base, engine) }

  /// Replaces the labels from the next step on.
  ///
  /// - Precondition: the conditions are of the engine's network.
  func setLabels(_ labels: Conditions, _ engine: WaveNetEngine) {
    engine.condition(base, on: labels)
    resumeLabels(engine)
  }
}
