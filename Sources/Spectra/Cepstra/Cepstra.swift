import KodamaCore

/// One vector per frame: mel-cepstra over time.
///
/// - Shapes: values [frame, dimension], row-major.
package struct Cepstra: Sendable, Equatable {
  /// The number of frames.
  package let frames: Int
  /// Numbers per frame.
  package let dimensions: Int
  /// The numbers, [frame, dimension].
  package let values: [Double]

  /// - Precondition: at least one dimension; `values` holds frames · dimensions numbers.
  package init(frames: Int, dimensions: Int, values: [Double]) {
    precondition(
      dimensions > 0 && values.count == frames * dimensions,
      "\(frames) frames of \(dimensions) dimensions cannot hold \(values.count) numbers")
    self.frames = frames
    self.dimensions = dimensions
    self.values = values
  }

  /// The transpose, so that a vector register contains one dimension of several frames.
  var transposed: PaddedMatrix {
    var matrix = PaddedMatrix(rows: dimensions, columns: frames)
    for frame in 0..<frames {
      for dimension in 0..<dimensions { matrix[dimension, frame] = values[frame * dimensions + dimension] }
    }
    return matrix
  }
}

extension CepstralAnalysis {
  /// The mel-cepstra of a source of one channel; nil where it is silent.
  ///
  /// - Throws: `SpectraFault.notFinite`, and errors of reading.
  func cepstra(of source: any SampleSource, workers: Workers) throws -> Cepstra? {
    let (frames, dimensions) = (stft.frames(samples: source.frames), dimensions)
    var isAudible = false
    let values = try [Double](unsafeUninitializedCapacity: frames * dimensions) { values, initialized in
      // Every frame writes only its own row, so there are no data races; all rows are written.
      nonisolated(unsafe) let output = values.baseAddress
      try stft.forEachFrame(
        of: source, workers: workers, partial: { makeScratch() },
        visit: { scratch, spectra in
          analyze(spectra.first, &scratch, output.unsafelyUnwrapped + spectra.frame * dimensions)
        }, merge: { isAudible = isAudible || $0.isAudible })
      initialized = frames * dimensions
    }
    return isAudible ? Cepstra(frames: frames, dimensions: dimensions, values: values) : nil
  }
}
