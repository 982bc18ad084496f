/// What a stream remembers between samples, and the room it works in: a column with its rings.
///
/// `@unchecked Sendable`: only a stream that is its sole owner writes.
final class StreamMemory: @unchecked Sendable {
  /// How far the present step is.
  enum Progress: UInt8 {
    /// The input has not gone through the network.
    case pending
    /// The input is in the caches, the logits stand.
    case evaluated
  }

  let column: Columns
  /// The slot of each block's ring that holds its oldest input and takes the next.
  let slots: UnsafeMutablePointer<Int>
  let blocks: Int
  /// The code that the present step is fed with; nil at the beginning of a signal.
  var input: Int?
  var progress = Progress.pending

  init(_ layout: ColumnLayout) {
    column = Columns(count: 1, bytes: layout.byteCount)
    blocks = layout.blocks.count
    slots = .allocate(capacity: blocks)
    slots.initialize(repeating: 0, count: blocks)
  }

  init(copying other: StreamMemory) {
    column = Columns(copying: other.column)
    blocks = other.blocks
    slots = .allocate(capacity: blocks)
    slots.initialize(from: other.slots, count: blocks)
    input = other.input
    progress = other.progress
  }

  /// Where the column begins.
  var base: UnsafeMutableRawPointer { column[0] }

  /// The floats at an offset of the layout.
  func floats(at offset: Int) -> UnsafeMutablePointer<Float> {
    (base + offset).assumingMemoryBound(to: Float.self)
  }

  /// Goes to the next step, which is fed with `code`.
  func accept(_ code: Int) {
    input = code
    progress = .pending
  }

  /// Goes back to the beginning of a signal.
  func clear() {
    column.clear()
    slots.update(repeating: 0, count: blocks)
    input = nil
    progress = .pending
  }

  deinit { slots.deallocate() }
}
