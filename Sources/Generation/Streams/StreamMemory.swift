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
  /// The code that the present step is fed with; nil at the beginning of a signal.
  var input: Int?
  var progress = Progress.pending
  /// Whether it pays to share the stream between two threads.
  var pace = DuetPace()

  init(_ layout: ColumnLayout) {
    column = Columns(count: 1, bytes: layout.byteCount)
    layout.clear(base)
  }

  init(copying other: StreamMemory) {
    column = Columns(copying: other.column)
    input = other.input
    progress = other.progress
    pace = other.pace
  }

  /// Where the column begins.
  var base: UnsafeMutableRawPointer { column[0] }

  /// The floats at an offset of the layout.
  func floats(at offset: Int) -> UnsafeMutablePointer<Float> {
    (base + offset).assumingMemoryBound(to: Float.self)
  }

  /// The slot of a block's ring that holds its oldest input and takes the next.
  func slot(_ block: ColumnLayout.Block) -> UInt32 { base.load(fromByteOffset: block.slot, as: UInt32.self) }

  /// Moves a block's ring on.
  func setSlot(_ slot: UInt32, _ block: ColumnLayout.Block) {
    base.storeBytes(of: slot, toByteOffset: block.slot, as: UInt32.self)
  }

  /// Goes to the next step, which is fed with `code`.
  func accept(_ code: Int) {
    input = code
    progress = .pending
  }

  /// Goes back to the beginning of a signal.
  func clear(_ layout: ColumnLayout) {
    layout.clear(base)
    input = nil
    progress = .pending
  }
}
