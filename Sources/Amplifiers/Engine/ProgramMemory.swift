import CKernels
import KodamaCore

/// The memory of a program: rows, rings and weights, in large pieces that never move.
final class ProgramMemory {
  /// Channels as rows of frames.
  typealias Rows = UnsafeMutablePointer<kodama_amplifier_rows>

  private static let pieceFloats = 1 << 18
  private var pieces: [(start: UnsafeMutableRawPointer, bytes: Int)] = []
  private var free = UnsafeMutableBufferPointer<Float>(start: nil, count: 0)
  private var allRows: [Rows] = []
  private var states: [UnsafeMutableBufferPointer<Float>] = []
  private var saved: [[Float]] = []
  private var savedPositions: [Int] = []
  /// Frames of a block.
  static let frames = Int(KODAMA_AMPLIFIER_FRAMES)

  /// Zeros, aligned to cache lines.
  func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    let rounded = (max(1, count) + 15) / 16 * 16
    if free.count < rounded {
      let bytes = max(Self.pieceFloats, rounded) * MemoryLayout<Float>.stride
      let start = AlignedMemory.allocate(bytes: bytes)
      start.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      pieces.append((start, bytes))
      free = UnsafeMutableBufferPointer(
        start: start.assumingMemoryBound(to: Float.self), count: bytes / MemoryLayout<Float>.stride)
    }
    let start = free.baseAddress!
    free = UnsafeMutableBufferPointer(rebasing: free[rounded...])
    return start
  }

  /// Numbers, copied.
  func floats(_ values: some Collection<Float>) -> UnsafeMutablePointer<Float> {
    let start = floats(values.count)
    for (index, value) in values.enumerated() { start[index] = value }
    return start
  }

  /// Rows for a block of frames, which keep the frames of a past.
  func rows(_ channels: Int, lookback: Int = 0) -> Rows {
    let rows = Rows.allocate(capacity: 1)
    let frames = Self.frames
    // The ring: the past and a block, in whole blocks; behind it a repeated block.
    let length = lookback == 0 ? 0 : (lookback + 2 * frames - 1) / frames * frames
    var stride = length + frames
    // Rows a page apart would share places of the first cache.
    if stride % 1024 == 0 { stride += 16 }
    rows.initialize(
      to: kodama_amplifier_rows(frames: floats(channels * stride), stride: stride, length: length, position: 0))
    allRows.append(rows)
    if length > 0 { states.append(UnsafeMutableBufferPointer(start: rows.pointee.frames, count: channels * stride)) }
    return rows
  }

  /// Numbers that a program keeps from block to block.
  func state(_ values: [Float]) -> UnsafeMutablePointer<Float> {
    let start = floats(values)
    states.append(UnsafeMutableBufferPointer(start: start, count: values.count))
    return start
  }

  /// Keeps the present content of all rings and states as what `restore` returns to.
  func save() {
    saved = states.map { Array($0) }
    savedPositions = allRows.map { $0.pointee.position }
  }

  /// Returns all rings and states to what they were at the last `save`. Allocates nothing.
  func restore() {
    for index in saved.indices {
      saved[index].withUnsafeBufferPointer { states[index].baseAddress!.update(from: $0.baseAddress!, count: $0.count) }
    }
    for index in savedPositions.indices { allRows[index].pointee.position = savedPositions[index] }
  }

  deinit {
    for piece in pieces { AlignedMemory.deallocate(piece.start, bytes: piece.bytes) }
    for rows in allRows { rows.deallocate() }
  }
}
