/// What a stream remembers between samples, and the room it works in.
///
/// `@unchecked Sendable`: only a stream that is its sole owner writes.
final class StreamMemory: @unchecked Sendable {
  /// How far the present step is.
  enum Progress {
    /// The input has not gone through the network.
    case pending
    /// The input is in the caches, the logits stand.
    case evaluated
  }

  let numbers: NumberMemory
  /// The slot of each block's ring that holds its oldest input and takes the next.
  let slots: UnsafeMutablePointer<Int>
  let blocks: Int
  /// The code that the present step is fed with; nil at the beginning of a signal.
  var input: Int?
  var progress = Progress.pending

  init(_ layout: StreamLayout) {
    numbers = NumberMemory(count: layout.count)
    blocks = layout.rings.count
    slots = .allocate(capacity: blocks)
    slots.initialize(repeating: 0, count: blocks)
  }

  init(copying other: StreamMemory) {
    numbers = NumberMemory(count: other.numbers.count)
    numbers.base.update(from: other.numbers.base, count: other.numbers.count)
    blocks = other.blocks
    slots = .allocate(capacity: blocks)
    slots.initialize(from: other.slots, count: blocks)
    input = other.input
    progress = other.progress
  }

  /// Goes to the next step, which is fed with `code`.
  func accept(_ code: Int) {
    input = code
    progress = .pending
  }

  deinit { slots.deallocate() }
}
