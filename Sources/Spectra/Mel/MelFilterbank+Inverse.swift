import KodamaCore

extension MelFilterbank {
  /// How often the bins are corrected: after a hundred times the bands of recordings come back to four digits.
  static let inversionIterations = 100
  /// The least that a bin begins with: what is nothing stays nothing, however often it is multiplied.
  private static let least = 1e-10

  /// A spectrum without negative bins that has the given bands, or where none has, comes closest to them.
  ///
  /// There are fewer bands than bins, so many spectra have the same bands. Beginning with equal bins, each iteration
  /// multiplies every bin by the mean ratio of wanted to present energy of the bands above it,
  ///
  ///     x[k] ← x[k] · Σ_b w[b, k] · bands[b] / present[b] / Σ_b w[b, k],        present[b] = Σ_k w[b, k] · x[k]
  ///
  /// which stays positive and keeps what the bands do not tell even. Where a spectrum with these bands exists it is found,
  /// and with it the least sum of squares; else the Kullback-Leibler divergence is least. Bins under no band are 0.
  ///
  /// Beginning with another spectrum, what the bands do not tell stays as it is there: neighbouring bins are multiplied by
  /// nearly the same, and bins below or above all bands by what the outermost bin under one is, but by no more than 1.
  ///
  /// - Shapes: bands [frames, bands], none negative; start [frames, bins] → [frames, bins].
  /// - Parameter start: a spectrum that has about these bands; nil for equal bins.
  /// - Source: Richardson 1972; Lucy 1974; Lee and Seung 2001 for the divergence. librosa's `mel_to_stft` minimizes squares
  ///   from another beginning, and stops short of the bands (measured: by 7 to 12 %).
  public func inverse(_ bands: Spectrogram, from start: Spectrogram? = nil, workers: Workers = .all) -> Spectrogram {
    precondition(bands.bands == self.bands, "\(bands.bands) bands are not those of \(self.bands) filters")
    precondition(
      start.map { $0.bands == self.bins && $0.frames == bands.frames } ?? true,
      "a spectrum of another shape than \(bands.frames) frames of \(self.bins) bins to begin with")
    let (bins, frames) = (bins, bands.frames)
    let coverage = coverage
    let values = [Float](unsafeUninitializedCapacity: frames * bins) { output, initialized in
      // Each part writes the row of its own frame and no other, so no two threads meet.
      nonisolated(unsafe) let output = output
      workers.forEach(parts: frames) { frame in
        let spectrum = inverse(of: bands[frame: frame], from: start?[frame: frame], coverage: coverage)
        for bin in 0..<bins { output[frame * bins + bin] = spectrum[bin] }
      }
      initialized = frames * bins
    }
    return Spectrogram(frames: frames, bands: bins, values: values)
  }

  /// Σ_b w[b, k] of every bin.
  private var coverage: [Double] {
    var coverage = [Double](repeating: 0, count: bins)
    forEachWeight { coverage[$1] += $2 }
    return coverage
  }

  /// The spectrum of one frame.
  private func inverse(of wanted: ArraySlice<Float>, from start: ArraySlice<Float>?, coverage: [Double]) -> [Float] {
    var spectrum = start.map { $0.map { max(Double($0), Self.least) } } ?? coverage.map { $0 > 0 ? 1.0 : 0 }
    var correction = [Double](repeating: 0, count: bins)
    for _ in 0..<Self.inversionIterations {
      correction.withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
      spectrum.withUnsafeMutableBufferPointer { spectrum in
        correction.withUnsafeMutableBufferPointer { correction in
          var next = 0
          for (band, range) in ranges.enumerated() {
            var present = 0.0
            for (place, bin) in range.enumerated() { present += weights[next + place] * spectrum[bin] }
            let ratio = Double(wanted[wanted.startIndex + band]) / max(present, 1e-100)
            for (place, bin) in range.enumerated() { correction[bin] += weights[next + place] * ratio }
            next += range.count
          }
          for bin in 0..<bins where coverage[bin] > 0 { spectrum[bin] *= correction[bin] / coverage[bin] }
        }
      }
    }
    if let start, let first = coverage.firstIndex(where: { $0 > 0 }), let last = coverage.lastIndex(where: { $0 > 0 }) {
      for bin in 0..<bins where bin < first || bin > last {
        let outermost = bin < first ? first : last
        spectrum[bin] *= min(1, spectrum[outermost] / max(Double(start[start.startIndex + outermost]), Self.least))
      }
    }
    return spectrum.map { Float(min($0, Double(Float.greatestFiniteMagnitude))) }
  }

  /// Calls `body` with every weight over 0.
  private func forEachWeight(_ body: (_ band: Int, _ bin: Int, _ weight: Double) -> Void) {
    var next = 0
    for (band, range) in ranges.enumerated() {
      for bin in range {
        body(band, bin, weights[next])
        next += 1
      }
    }
  }
}
