import CKernels
import KodamaWaveNets

/// The features of a stream and what they add to the gates of its next steps, worked out for several steps together: each
/// reading of the weights serves all of them.
///
/// `@unchecked Sendable`: only a stream that is its sole owner writes.
final class StreamConditions: @unchecked Sendable {
  private var feed: FeatureFeed
  /// Columns of conditions alone, of which those before `prepared` are worked out and those before `used` are used.
  private let columns: Columns
  private var prepared = 0
  private var used = 0

  init(_ feed: FeatureFeed, _ engine: WaveNetEngine) {
    self.feed = feed
    columns = Columns(count: engine.kernels.pointee.block_columns, bytes: engine.layout.conditionBytes)
    for index in 0..<columns.count {
      columns[index].initializeMemory(as: UInt8.self, repeating: 0, count: engine.layout.conditionBytes)
    }
  }

  init(copying other: StreamConditions) {
    feed = other.feed
    columns = Columns(copying: other.columns)
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

  /// Takes other labels, whose share stands in a column, for the steps that come.
  func setLabels(of column: UnsafeMutableRawPointer, _ engine: WaveNetEngine) {
    let labels = engine.layout.labels
    for index in 0..<columns.count {
      (columns[index] + labels.lowerBound).copyMemory(from: column + labels.lowerBound, byteCount: labels.count)
    }
    engine.program.run(engine.program.conditions, columns: prepared, columns.places)
  }

  /// Makes what conditions the next step the conditions of a column, until the step after it is taken.
  func takeStep(_ place: UnsafeMutablePointer<kodama_place>, _ engine: WaveNetEngine) {
    if used == prepared {
      prepared = min(columns.count, feed.available ?? columns.count)
      used = 0
      precondition(prepared > 0, "the features of this step are not known yet")
      for index in 0..<prepared { feed.takeStep(Self.features(columns[index], engine)) }
      engine.program.run(engine.program.conditions, columns: prepared, columns.places)
    }
    place.pointee.conditions = UnsafePointer(columns.places[used].base)
    used += 1
  }

  /// Writes the features of the next step into a column, where what they add is worked out later.
  func takeFeatures(_ column: UnsafeMutableRawPointer, _ engine: WaveNetEngine) {
    let target = Self.features(column, engine)
    if used == prepared { return feed.takeStep(target) }
    target.update(from: Self.features(columns[used], engine), count: feed.channels)
    used += 1
  }

  /// Passes over steps.
  func skip(_ count: Int) {
    let ready = min(count, prepared - used)
    used += ready
    feed.skip(count - ready)
  }

  private static func features(
    _ column: UnsafeMutableRawPointer, _ engine: WaveNetEngine
  ) -> UnsafeMutablePointer<Float> {
    (column + engine.layout.features).assumingMemoryBound(to: Float.self)
  }
}
