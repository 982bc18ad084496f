import KodamaCore

/// The spectra of one frame of one or two signals, valid while the frame is processed.
package struct FrameSpectra {
  /// The frame, counted over the whole signal.
  let frame: Int
  /// Frequencies per signal.
  let bins: Int
  /// The bins of the first signal: real part, imaginary part, real part, and so on.
  let first: UnsafePointer<Double>
  /// The bins of the second signal, where there are two; else those of the first.
  let second: UnsafePointer<Double>

  /// Spectra of two signals.
  package init(frame: Int, bins: Int, first: UnsafePointer<Double>, second: UnsafePointer<Double>) {
    (self.frame, self.bins, self.first, self.second) = (frame, bins, first, second)
  }

  /// Writes the squared magnitude of every bin of the first signal.
  func power(to output: UnsafeMutablePointer<Double>) { FrameSpectra.power(of: first, bins: bins, to: output) }

  /// Writes the squared magnitude of every bin of the second signal, where there are two.
  func secondPower(to output: UnsafeMutablePointer<Double>) { FrameSpectra.power(of: second, bins: bins, to: output) }

  private static func power(of spectrum: UnsafePointer<Double>, bins: Int, to output: UnsafeMutablePointer<Double>) {
    for bin in 0..<bins {
      let (real, imaginary) = (spectrum[2 * bin], spectrum[2 * bin + 1])
      output[bin] = real * real + imaginary * imaginary
    }
  }
}

extension STFT {
  /// The number of frames in one part, fixed so that sums do not depend on the number of threads.
  static let framesPerPart = 64

  /// Visits every frame of every channel of one source, or of two of the same shape side by side.
  ///
  /// Frames are divided into parts of `framesPerPart`; each part starts with its own `Partial`, and `merge` is called
  /// with the finished ones in order: block by block, within a block channel by channel. The sources are read once, in
  /// blocks.
  ///
  /// - Parameters:
  ///   - visit: called concurrently for every frame, with the partial result of the frame's part.
  ///   - merge: called with the result of every part, in order.
  /// - Throws: `SpectraFault.notFinite`, and whatever reading or `merge` throws.
  func forEachFrame<Partial: Sendable>(
    of first: any SampleSource, and second: (any SampleSource)? = nil, workers: Workers,
    partial: @Sendable () -> Partial, visit: @Sendable (inout Partial, FrameSpectra) -> Void,
    merge: (Partial) throws -> Void
  ) throws {
    let frames = frames(samples: first.frames)
    let block = max(1, Blocks.frames / hopLength / STFT.framesPerPart) * STFT.framesPerPart
    for start in stride(from: 0, to: frames, by: block) {
      let range = start..<min(frames, start + block)
      let segments = try paddedSegments(of: first, frames: range)
      let others = try second.map { try paddedSegments(of: $0, frames: range) }
      let partials = partials(segments, others, range, workers: workers, partial: partial, visit: visit)
      for finished in partials { try merge(finished) }
    }
  }

  /// Computes a row from the power of every frame, [frame, column], and passes on the rows of `framesPerPart` frames at
  /// a time, in the order of `forEachFrame`.
  ///
  /// - Parameter row: writes the row of a frame, called concurrently; it may overwrite the power.
  /// - Throws: as `forEachFrame`.
  func forEachRows(
    of source: any SampleSource, columns: Int, workers: Workers,
    row: @Sendable (_ power: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Float>) -> Void,
    _ body: ([Float]) throws -> Void
  ) throws {
    let bins = bins
    try forEachFrame(
      of: source, workers: workers, partial: { Rows(power: .init(repeating: 0, count: bins)) },
      visit: { part, spectra in
        let start = part.values.count
        part.values.append(contentsOf: repeatElement(0, count: columns))
        part.power.withUnsafeMutableBufferPointer { power in
          part.values.withUnsafeMutableBufferPointer { values in
            let power = power.baseAddress.unsafelyUnwrapped
            spectra.power(to: power)
            row(power, values.baseAddress.unsafelyUnwrapped + start)
          }
        }
      }, merge: { try body($0.values) })
  }

  private struct Rows {
    var power: [Double]
    /// [frame, column].
    var values: [Float] = []
  }

  /// The results of all parts of a block, channel by channel.
  private func partials<Partial: Sendable>(
    _ segments: [[Float]], _ others: [[Float]]?, _ range: Range<Int>, workers: Workers,
    partial: @Sendable () -> Partial, visit: @Sendable (inout Partial, FrameSpectra) -> Void
  ) -> [Partial] {
    let fft = RealFFT.of(length: fftLength)
    let partsPerChannel = (range.count + STFT.framesPerPart - 1) / STFT.framesPerPart
    return workers.map(parts: partsPerChannel * segments.count) { part in
      let (channel, index) = part.quotientAndRemainder(dividingBy: partsPerChannel)
      let from = range.lowerBound + index * STFT.framesPerPart
      var result = partial()
      let buffers = FFTBuffers(length: fftLength)
      let otherBuffers = others.map { _ in FFTBuffers(length: fftLength) }
      for frame in from..<min(range.upperBound, from + STFT.framesPerPart) {
        let offset = (frame - range.lowerBound) * hopLength
        transform(segments[channel], at: offset, fft, buffers)
        if let others, let otherBuffers { transform(others[channel], at: offset, fft, otherBuffers) }
        let spectra = FrameSpectra(
          frame: frame, bins: bins, first: UnsafePointer(buffers.spectrum),
          second: UnsafePointer((otherBuffers ?? buffers).spectrum))
        visit(&result, spectra)
      }
      return result
    }
  }

  /// Transforms the frame that starts at `offset` of a padded segment.
  private func transform(_ segment: [Float], at offset: Int, _ fft: RealFFT, _ buffers: FFTBuffers) {
    // Outside the window the signal buffer keeps its initial zeros.
    let lead = (fftLength - windowLength) / 2
    precondition(offset >= 0 && offset + fftLength <= segment.count, "frame at \(offset) of \(segment.count) samples")
    segment.withUnsafeBufferPointer { samples in
      frameWindow.withUnsafeBufferPointer { window in
        let (source, target) = (samples.baseAddress.unsafelyUnwrapped + offset, buffers.signal)
        for n in lead..<lead + windowLength { target[n] = Double(source[n]) * window[n] }
      }
    }
    fft.forward(buffers)
  }

  /// The samples of every channel under a run of frames, with padding outside the signal.
  func paddedSegments(of source: any SampleSource, frames: Range<Int>) throws -> [[Float]] {
    let start = frames.lowerBound * hopLength - paddedSamples
    let end = (frames.upperBound - 1) * hopLength - paddedSamples + fftLength
    if start >= 0 && end <= source.frames { return try source.checkedSamples(in: start..<end) }
    if padding == .zeros {
      let inside = max(0, start)..<min(source.frames, end)
      let lead = [Float](repeating: 0, count: inside.lowerBound - start)
      let trail = [Float](repeating: 0, count: end - inside.upperBound)
      return try source.checkedSamples(in: inside).map { lead + $0 + trail }
    }
    // Reflected samples may lie outside the frames' own range, so the range from the first to the last required sample
    // is read.
    let count = source.frames
    let before = (min(start, 0)..<min(end, 0)).map { STFT.mirrored($0, count: count) }
    let after = (max(start, count)..<max(end, count)).map { STFT.mirrored($0, count: count) }
    let inside = max(start, 0)..<max(start, 0, min(end, count))
    let needed = (before + after + inside.prefix(1) + inside.suffix(1)).sorted()
    guard let low = needed.first, let high = needed.last else { return [] }
    return try source.checkedSamples(in: low..<high + 1).map { samples in
      before.map { samples[$0 - low] } + samples[inside.lowerBound - low..<inside.upperBound - low]
        + after.map { samples[$0 - low] }
    }
  }

  /// The index in 0..<count for an index outside when the signal is reflected about its first and last sample,
  /// repeatedly if necessary, as by numpy's `pad`.
  package static func mirrored(_ index: Int, count: Int) -> Int {
    if count == 1 { return 0 }
    let period = 2 * (count - 1)
    let folded = ((index % period) + period) % period
    return folded < count ? folded : period - folded
  }
}
