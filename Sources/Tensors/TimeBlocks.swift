/// Signals of shape [batch, time, …] cut into blocks of consecutive time steps: the parts of parallel loops over time.
///
/// The cut depends on the shape alone, never on the number of threads. For sums over time (the gradients of weights)
/// blocks are dealt to a fixed number of lanes, each of which adds up its own blocks in order; the lanes are added in
/// order at the end.
struct TimeBlocks: Sendable {
  /// A block: time steps of one signal of the batch.
  struct Block: Sendable {
    let batch: Int
    let time: Range<Int>
  }

  /// Time steps of a block. Matrix products reach their full speed from about 512 rows on, and what a block of a
  /// residual layer touches still fits the second-level cache.
  static let steps = 512
  private static let maximumLanes = 8

  let batch: Int
  let time: Int
  private let blocksPerSignal: Int

  init(batch: Int, time: Int) {
    self.batch = batch
    self.time = time
    blocksPerSignal = (time + Self.steps - 1) / Self.steps
  }

  /// The number of blocks.
  var count: Int { batch * blocksPerSignal }
  /// The number of lanes of a sum over time.
  var lanes: Int { min(Self.maximumLanes, count) }

  subscript(index: Int) -> Block {
    let (signal, block) = index.quotientAndRemainder(dividingBy: blocksPerSignal)
    return Block(batch: signal, time: block * Self.steps..<min(time, (block + 1) * Self.steps))
  }

  /// The blocks of a lane: a run of consecutive ones.
  func blocks(ofLane lane: Int) -> Range<Int> { (count * lane / lanes)..<(count * (lane + 1) / lanes) }
}
