import KodamaCore

extension STFT {
  /// The reduction of several frames to one column.
  public enum Reduction: String, Sendable, Equatable, Codable, CaseIterable {
    /// The mean of their powers.
    case mean
    /// The maximum of their powers, which keeps short sounds visible.
    case maximum
  }

  /// Power over time in a number of columns. Double, because the power of samples far over full scale exceeds Float.
  public struct Overview: Sendable, Equatable {
    /// The number of columns.
    public let columns: Int
    /// Bins of the transform.
    public let bins: Int
    /// |X|², [column, bin], row-major.
    public let power: [Double]

    /// - Precondition: `power` holds columns · bins numbers.
    public init(columns: Int, bins: Int, power: [Double]) {
      precondition(
        power.count == columns * bins, "\(columns) columns of \(bins) bins cannot hold \(power.count) numbers")
      self.columns = columns
      self.bins = bins
      self.power = power
    }

    /// The power at a column and bin.
    public subscript(column: Int, bin: Int) -> Double { power[column * bins + bin] }
    /// The power of a column's bins.
    public subscript(column column: Int) -> ArraySlice<Double> { power[column * bins..<(column + 1) * bins] }
  }

  /// The power of sound of any length in a number of columns, for pictures; memory depends only on the columns.
  ///
  /// Frame t belongs to column t · columns / frames, rounded down. Channels are treated as additional frames.
  ///
  /// - Shapes: [min(columns, frames), bins].
  /// - Precondition: columns > 0.
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  public func overview(
    of source: any SampleSource, columns: Int, reduction: Reduction = .mean, workers: Workers = .all
  ) throws -> Overview {
    precondition(columns > 0, "an overview needs at least one column, not \(columns)")
    let frames = frames(samples: source.frames)
    let (columns, bins) = (min(columns, frames), bins)
    var total = [Double](repeating: 0, count: columns * bins)
    try forEachFrame(
      of: source, workers: workers, partial: { Columns() },
      visit: { partial, spectra in
        partial.add(spectra, to: spectra.frame * columns / frames, reduction)
      },
      merge: { part in
        let start = part.first * bins
        for (index, power) in part.power.enumerated() {
          total[start + index] = reduction.combine(total[start + index], power)
        }
      })
    if reduction == .mean {
      for column in 0..<columns {
        // A column starts at frame ⌈column · n / columns⌉ of n.
        let first = (column * frames + columns - 1) / columns
        let next = ((column + 1) * frames + columns - 1) / columns
        let scale = 1 / Double((next - first) * source.channelCount)
        for index in column * bins..<(column + 1) * bins { total[index] *= scale }
      }
    }
    return Overview(columns: columns, bins: bins, power: total)
  }

  /// The columns of the frames of one part.
  private struct Columns: Sendable {
    /// The first column.
    var first = -1
    /// The power of each column, [column, bin].
    var power: [Double] = []

    mutating func add(_ spectra: FrameSpectra, to column: Int, _ reduction: Reduction) {
      if first < 0 { first = column }
      let start = (column - first) * spectra.bins
      if power.count == start { power += [Double](repeating: 0, count: spectra.bins) }
      let spectrum = spectra.first
      for bin in 0..<spectra.bins {
        let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
        power[start + bin] = reduction.combine(power[start + bin], real * real + imaginary * imaginary)
      }
    }
  }
}

extension STFT.Reduction {
  /// The sum, or the larger.
  fileprivate func combine(_ a: Double, _ b: Double) -> Double { self == .mean ? a + b : max(a, b) }
}
