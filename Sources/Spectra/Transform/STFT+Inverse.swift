import KodamaCore

extension STFT {
  /// The signal whose transform is closest to the given one, by weighted overlap-add:
  /// y[i] = Σ_t w[i − t·hop] x_t[i − t·hop] / Σ_t w[i − t·hop]².
  ///
  /// Inverts `transform` wherever windows cover the signal; samples outside all windows are 0.
  ///
  /// - Shapes: [frames, bins] → [length].
  /// - Parameters:
  ///   - length: samples of the result; nil for all samples between the padding of the first and the last frame.
  /// - Precondition: as many bins as this transform has.
  /// - Source: Griffin and Lim 1984, equation 6; librosa 0.11's `istft`.
  public func inverse(_ spectrogram: ComplexSpectrogram, length: Int? = nil, workers: Workers = .all) -> [Float] {
    precondition(
      spectrogram.bins == bins, "a spectrogram of \(spectrogram.bins) bins for a transform of \(bins) bins")
    let whole = (spectrogram.frames - 1) * hopLength + fftLength - 2 * paddedSamples
    let length = length ?? (spectrogram.frames == 0 ? 0 : max(0, whole))
    precondition(length >= 0, "a signal cannot have \(length) samples")
    let run = STFT.framesPerPart * hopLength
    return [Float](unsafeUninitializedCapacity: length) { signal, initialized in
      // Each part initializes only its own run of samples, so there are no data races.
      nonisolated(unsafe) let output = signal.baseAddress
      workers.forEach(parts: (length + run - 1) / run) { part in
        let range = part * run..<min(length, (part + 1) * run)
        for (index, sample) in zip(range, overlapAdd(spectrogram, to: range)) {
          output.unsafelyUnwrapped.advanced(by: index).initialize(to: sample)
        }
      }
      initialized = length
    }
  }

  /// The samples of a range, from every frame that overlaps it.
  private func overlapAdd(_ spectrogram: ComplexSpectrogram, to range: Range<Int>) -> [Float] {
    let start = range.lowerBound + paddedSamples
    let end = range.upperBound + paddedSamples
    let firstFrame = max(0, (start - fftLength) / hopLength)
    let lastFrame = min(spectrogram.frames - 1, (end - 1) / hopLength)
    var sum = [Double](repeating: 0, count: range.count)
    var weight = sum
    let fft = RealFFT.of(length: fftLength)
    let buffers = FFTBuffers(length: fftLength)
    let scale = 1 / Double(fftLength)
    for frame in stride(from: firstFrame, through: lastFrame, by: 1) {
      for index in 0..<2 * bins { buffers.spectrum[index] = Double(spectrogram.values[2 * frame * bins + index]) }
      fft.inverse(buffers)
      let offset = frame * hopLength - start
      for n in max(0, -offset)..<max(0, -offset, min(fftLength, range.count - offset)) {
        sum[offset + n] += frameWindow[n] * buffers.signal[n] * scale
        weight[offset + n] += frameWindow[n] * frameWindow[n]
      }
    }
    // librosa does not normalize a sum whose weight is not a normal number; with so small a window it contains only
    // rounding errors.
    let least = Double(Float.leastNormalMagnitude)
    return zip(sum, weight).map { Float($1 > least ? $0 / $1 : $0) }
  }
}
