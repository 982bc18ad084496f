import KodamaCore

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

/// Sums over time that several lanes form side by side, added in the order of the lanes at the end: one order of
/// summation whatever the number of threads.
struct LaneSums<S: Scalar> {
  private var partial: Tensor<S>
  private let shape: Shape

  /// Room for `lanes` sums of one shape, each 0.
  init(_ shape: Shape, lanes: Int, memory: MemoryPool) {
    self.shape = shape
    partial = Tensor(Shape([max(1, lanes)] + shape.extents), memory: memory)
  }

  /// Where the lanes add up, for the loop: lane l has the elements from l · count on.
  var region: MutableRegion<S> { mutating get { partial.mutable } }
  /// The elements of one lane.
  var count: Int { shape.count }

  /// The sum of the lanes.
  consuming func total() -> Tensor<S> {
    var result = Tensor<S>(shape)
    let (target, source) = (result.mutable, partial.region)
    defer { withExtendedLifetime(partial) {} }
    for lane in 0..<partial.shape[0] {
      S.primitives.add(n: count, target.base, source.base + lane * count, target.base)
    }
    return result
  }
}

extension Workers {
  /// Elements that one part of an elementwise loop takes: enough to outweigh handing it to a thread.
  private static let elementsPerRun = 1 << 16

  /// Runs `body` on runs of consecutive elements that together make up 0..<`count`, in parallel.
  func forEachRun(of count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let parts = (count + Self.elementsPerRun - 1) / Self.elementsPerRun
    forEach(parts: parts) { part in
      body(part * Self.elementsPerRun..<min(count, (part + 1) * Self.elementsPerRun))
    }
  }

  /// Runs `body` on runs of rows of `columns` elements each, in parallel.
  func forEachRun(rows: Int, columns: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let rowsPerRun = max(1, Self.elementsPerRun / max(1, columns))
    forEach(parts: (rows + rowsPerRun - 1) / rowsPerRun) { part in
      body(part * rowsPerRun..<min(rows, (part + 1) * rowsPerRun))
    }
  }
}
