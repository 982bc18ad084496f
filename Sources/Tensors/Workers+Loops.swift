import KodamaCore

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
