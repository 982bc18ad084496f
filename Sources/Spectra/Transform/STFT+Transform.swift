import KodamaCore
import KodamaSignal

extension STFT {
  /// The transform of one channel.
  ///
  /// - Shapes: samples [T] → [frames(samples: T), bins].
  /// - Parameters:
  ///   - samples: the signal, full scale ±1.
  ///   - workers: the threads; the result does not depend on their number.
  /// - Throws: `SpectraFault.notFinite`.
  public func transform(_ samples: [Float], workers: Workers = .all) throws -> ComplexSpectrogram {
    let frames = frames(samples: samples.count)
    let row = 2 * bins
    let values = try [Float](unsafeUninitializedCapacity: frames * row) { values, initialized in
      AlignedMemory.preferLargePages(UnsafeMutableRawBufferPointer(values))
      // Every frame writes only its own row, so there are no data races; all rows are written.
      nonisolated(unsafe) let output = values.baseAddress
      try forEachFrame(
        of: Mono(samples), workers: workers, partial: { () },
        visit: { _, spectra in
          let target = output.unsafelyUnwrapped + spectra.frame * row
          for index in 0..<row { target[index] = Float(spectra.first[index]) }
        }, merge: { _ in })
      initialized = frames * row
    }
    return ComplexSpectrogram(frames: frames, bins: bins, values: values)
  }

  /// The squared magnitudes |X|² of one channel.
  ///
  /// - Shapes: samples [T] → [frames(samples: T), bins].
  /// - Throws: `SpectraFault.notFinite`.
  public func power(_ samples: [Float], workers: Workers = .all) throws -> Spectrogram {
    let bins = bins
    return try rows(of: samples, bands: bins, workers: workers) { power, row in
      for bin in 0..<bins { row[bin] = Float(power[bin]) }
    }
  }

  /// A row of `bands` numbers for every frame, which `fill` computes from the frame's power spectrum; it may overwrite
  /// the power.
  func rows(
    of samples: [Float], bands: Int, workers: Workers,
    fill: @Sendable (_ power: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Float>) -> Void
  ) throws -> Spectrogram {
    let (frames, bins) = (frames(samples: samples.count), bins)
    let values = try [Float](unsafeUninitializedCapacity: frames * bands) { values, initialized in
      AlignedMemory.preferLargePages(UnsafeMutableRawBufferPointer(values))
      // Every frame writes only its own row, so there are no data races; all rows are written.
      nonisolated(unsafe) let output = values.baseAddress
      try forEachFrame(
        of: Mono(samples), workers: workers, partial: { [Double](repeating: 0, count: bins) },
        visit: { power, spectra in
          power.withUnsafeMutableBufferPointer { power in
            let power = power.baseAddress.unsafelyUnwrapped
            spectra.power(to: power)
            fill(power, output.unsafelyUnwrapped + spectra.frame * bands)
          }
        }, merge: { _ in })
      initialized = frames * bands
    }
    return Spectrogram(frames: frames, bands: bands, values: values)
  }
}

/// One channel as a source, for transforms that need no sample rate.
struct Mono: SampleSource {
  let channel: [Float]
  let sampleRate = 1
  let channelCount = 1
  var frames: Int { channel.count }

  init(_ channel: [Float]) { self.channel = channel }

  func samples(in range: Range<Int>) -> [[Float]] { [range == 0..<frames ? channel : Array(channel[range])] }
}
