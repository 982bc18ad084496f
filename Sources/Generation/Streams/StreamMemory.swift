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
  private let layout: ColumnLayout
  /// The code that the present step is fed with; nil at the beginning of a signal.
  var input: Int?
  var progress = Progress.pending

  init(_ layout: ColumnLayout) {
    self.layout = layout
    column = Columns(count: 1, bytes: layout.byteCount)
    slots = .allocate(capacity: layout.blocks.count)
    slots.initialize(repeating: 0, count: layout.blocks.count)
    silenceRings()
  }

  init(copying other: StreamMemory) {
    column = Columns(copying: other.column)
    layout = other.layout
    slots = .allocate(capacity: layout.blocks.count)
    slots.initialize(from: other.slots, count: layout.blocks.count)
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
    slots.update(repeating: 0, count: layout.blocks.count)
    input = nil
    progress = .pending
    silenceRings()
  }

  /// Before the beginning of a signal all inputs are 0, which is not the integer 0 where there is a zero point.
  private func silenceRings() {
    for block in layout.blocks where block.silence != 0 {
      (base + block.ring).initializeMemory(
        as: UInt8.self, repeating: block.silence, count: block.history * block.tapBytes)
    }
  }

  deinit { slots.deallocate() }
}
