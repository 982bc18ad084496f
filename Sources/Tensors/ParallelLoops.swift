import KodamaCore

/// Signals of shape [batch, time, …] divided into blocks of consecutive time steps: the parts of parallel loops over
/// time.
///
/// The partition depends on the shape alone, never on the number of threads. For sums over time (the gradients of
/// weights) the blocks are divided among a fixed number of partial sums, each of which adds up its blocks in order; the
/// partial sums are added in order at the end.
struct TimeBlocks: Sendable {
  /// A block: time steps of one signal of the batch.
  struct Block: Sendable {
    let batch: Int
    let time: Range<Int>

    /// The block in parts of at most `steps` time steps.
    func parts(of steps: Int) -> some Sequence<Block> {
      stride(from: time.lowerBound, to: time.upperBound, by: steps).lazy.map { [batch, time] first in
        Block(batch: batch, time: first..<min(first + steps, time.upperBound))
      }
    }
  }

  /// Time steps of a block. Matrix products reach full speed at about 512 rows, and the working set of a block of a
  /// residual layer still fits the second-level cache.
  static let steps = 512
  private static let maximumPartialSums = 8

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
  /// The number of partial sums of a sum over time.
  var partialSumCount: Int { min(Self.maximumPartialSums, count) }

  subscript(index: Int) -> Block {
    let (signal, block) = index.quotientAndRemainder(dividingBy: blocksPerSignal)
    return Block(batch: signal, time: block * Self.steps..<min(time, (block + 1) * Self.steps))
  }

  /// The blocks of a partial sum: a run of consecutive ones.
  func blocks(ofPartialSum index: Int) -> Range<Int> {
    (count * index / partialSumCount)..<(count * (index + 1) / partialSumCount)
  }
}

/// Partial sums over time that are accumulated in parallel and added in order at the end: one order of summation
/// whatever the number of threads.
struct PartialSums<S: Scalar> {
  private var partial: Tensor<S>
  private let shape: Shape

  /// `count` partial sums of one shape, initially 0.
  init(_ shape: Shape, count: Int, memory: MemoryPool) {
    self.shape = shape
    partial = Tensor(Shape([max(1, count)] + shape.extents), memory: memory)
  }

  /// The memory to accumulate in: partial sum i has the elements from i · count on.
  var region: MutableRegion<S> { mutating get { partial.mutable } }
  /// The elements of one partial sum.
  var count: Int { shape.count }

  /// The sum of the partial sums.
  consuming func total() -> Tensor<S> {
    var result = Tensor<S>(shape)
    let (target, source) = (result.mutable, partial.region)
    defer { withExtendedLifetime(partial) {} }
    for index in 0..<partial.shape[0] {
      S.primitives.add(n: count, target.base, source.base + index * count, target.base)
    }
    return result
  }
}

extension Workers {
  /// Elements in one part of an elementwise loop: enough to outweigh the cost of dispatching it.
  private static let elementsPerRun = 1 << 16

  /// Calls `body` in parallel for consecutive runs of elements that cover 0..<`count`.
  func forEachRun(of count: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let parts = (count + Self.elementsPerRun - 1) / Self.elementsPerRun
    forEach(parts: parts) { part in
      body(part * Self.elementsPerRun..<min(count, (part + 1) * Self.elementsPerRun))
    }
  }

  /// Calls `body` in parallel for consecutive runs of rows of `columns` elements each.
  func forEachRun(rows: Int, columns: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let rowsPerRun = max(1, Self.elementsPerRun / max(1, columns))
    forEach(parts: (rows + rowsPerRun - 1) / rowsPerRun) { part in
      body(part * rowsPerRun..<min(rows, (part + 1) * rowsPerRun))
    }
  }
}
