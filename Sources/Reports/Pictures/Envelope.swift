import KodamaSpectra

/// The lowest and highest sample in each of a number of columns: the outline of a waveform.
struct Envelope: Sendable, Equatable {
  /// The lowest sample of any channel in each column.
  private(set) var low: [Float]
  /// The highest sample of any channel in each column.
  private(set) var high: [Float]

  /// The largest magnitude.
  var peak: Float { max(high.max() ?? 0, -(low.min() ?? 0)) }

  /// Reads a sound once, in blocks. Sample t belongs to column t · columns / samples, rounded down.
  ///
  /// - Precondition: 0 < columns ≤ the source's samples.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  init(of source: any SampleSource, columns: Int) throws {
    let count = source.frames
    precondition(columns > 0 && columns <= count, "\(columns) columns for \(count) samples")
    var low = [Float](repeating: .infinity, count: columns)
    var high = [Float](repeating: -.infinity, count: columns)
    var start = 0
    try source.forEachBlock { block in
      let end = start + block[0].count
      for column in start * columns / count...(end - 1) * columns / count {
        // The samples t in this block with column ≤ t · columns / count < column + 1.
        let first = max(start, (column * count + columns - 1) / columns)
        let next = min(end, ((column + 1) * count + columns - 1) / columns)
        for channel in block {
          for sample in channel[first - start..<next - start] {
            low[column] = min(low[column], sample)
            high[column] = max(high[column], sample)
          }
        }
      }
      start = end
    }
    self.low = low
    self.high = high
  }
}
