import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reconstructs a signal from the magnitudes of its short-time spectrum.
///
/// Starting from random phases, each iteration computes the closest signal and its transform cₙ, extrapolates in the
/// direction of the last change, and keeps only the phases:
///
///     tₙ = cₙ + momentum · (cₙ − cₙ₋₁)        next: magnitude · tₙ / |tₙ|
///
/// - Source: Griffin and Lim 1984; Perraudin, Balazs and Søndergaard 2013, "A fast Griffin-Lim algorithm", with their
///   best momentum, 0.99; librosa 0.11's `griffinlim` is the same.
public struct GriffinLim: Sendable, Equatable {
  /// The number of iterations.
  public var iterations: Int
  /// The extrapolation in the direction of the last change; 0 for the algorithm of 1984.
  public var momentum: Double
  /// The seed of the initial phases.
  public var seed: UInt64

  /// - Precondition: no negative number of iterations; a momentum of 0 to 1.
  public init(iterations: Int = 60, momentum: Double = 0.99, seed: UInt64 = 1) {
    precondition(iterations >= 0, "\(iterations) iterations are fewer than none")
    precondition((0...1).contains(momentum), "a momentum of \(momentum) is not 0 to 1")
    (self.iterations, self.momentum, self.seed) = (iterations, momentum, seed)
  }

  /// A signal of `count` samples with these magnitudes; bitwise reproducible by the seed, for any number of threads.
  ///
  /// - Shapes: magnitudes [frames, bins] → [count].
  /// - Precondition: as many bins as the transform has, and the frames of a signal of `count` samples.
  public func samples(
    magnitudes: Spectrogram, stft: STFT, count: Int, workers: Workers = .all
  ) -> [Float] {
    samples(magnitudes: magnitudes, stft: stft, count: count, workers: workers) { _ in }
  }

  /// As above.
  ///
  /// - Parameter progress: called with the number of iterations done; may throw to cancel.
  func samples(
    magnitudes: Spectrogram, stft: STFT, count: Int, workers: Workers, progress: (_ iterations: Int) throws -> Void
  ) rethrows -> [Float] {
    var random = Philox(seed: seed)
    var start = ComplexSpectrogram(
      frames: magnitudes.frames, bins: magnitudes.bands, values: .init(repeating: 0, count: 2 * magnitudes.values.count)
    )
    for (index, magnitude) in magnitudes.values.enumerated() {
      let phase = 2 * Double.pi * random.uniform()
      start.values[2 * index] = magnitude * Float(cos(phase))
      start.values[2 * index + 1] = magnitude * Float(sin(phase))
    }
    return try samples(
      magnitudes: magnitudes, from: start, stft: stft, count: count, workers: workers, progress: progress)
  }

  /// As above, starting from the phases of a transform.
  func samples(
    magnitudes: Spectrogram, phasesOf transform: ComplexSpectrogram, stft: STFT, count: Int, workers: Workers,
    progress: (_ iterations: Int) throws -> Void
  ) rethrows -> [Float] {
    try samples(
      magnitudes: magnitudes, from: withPhases(of: transform, nil, magnitudes, workers: workers), stft: stft,
      count: count, workers: workers, progress: progress)
  }

  /// As above, starting from a transform with these magnitudes and any phases.
  func samples(
    magnitudes: Spectrogram, from start: ComplexSpectrogram, stft: STFT, count: Int, workers: Workers,
    progress: (_ iterations: Int) throws -> Void
  ) rethrows -> [Float] {
    precondition(
      magnitudes.bands == stft.bins && magnitudes.frames == stft.frames(samples: count),
      "\(magnitudes.frames) frames of \(magnitudes.bands) bins are not those of \(count) samples, "
        + "\(stft.frames(samples: count)) frames of \(stft.bins) bins")
    var estimate = start
    var before: ComplexSpectrogram?
    var last = [Float](repeating: 0, count: count)
    for done in 0..<iterations {
      try progress(done)
      let signal = stft.inverse(estimate, length: count, workers: workers)
      // Magnitudes that are far out of range could give a non-finite signal; the previous one is then kept.
      guard let transform = try? stft.transform(signal, workers: workers) else { return last }
      last = signal
      estimate = withPhases(of: transform, before, magnitudes, workers: workers)
      before = transform
    }
    return stft.inverse(estimate, length: count, workers: workers)
  }

  /// The magnitudes with the phases of the extrapolated transform.
  private func withPhases(
    of transform: ComplexSpectrogram, _ before: ComplexSpectrogram?, _ magnitudes: Spectrogram, workers: Workers
  ) -> ComplexSpectrogram {
    let share = before == nil ? 0 : Float(momentum / (1 + momentum))
    let (count, frames) = (transform.values.count, transform.frames)
    let row = 2 * transform.bins
    let parts = (frames + STFT.framesPerPart - 1) / STFT.framesPerPart
    let values = [Float](unsafeUninitializedCapacity: count) { output, initialized in
      // Each part writes only the rows of its own frames, so there are no data races.
      nonisolated(unsafe) let output = output
      workers.forEach(parts: parts) { part in
        let end = min(frames, (part + 1) * STFT.framesPerPart) * row
        for index in stride(from: part * STFT.framesPerPart * row, to: end, by: 2) {
          let real = transform.values[index] - share * (before?.values[index] ?? 0)
          let imaginary = transform.values[index + 1] - share * (before?.values[index + 1] ?? 0)
          let length = (real * real + imaginary * imaginary).squareRoot()
          let scale = length > 1e-30 ? magnitudes.values[index / 2] / length : 0
          output[index] = real * scale
          output[index + 1] = imaginary * scale
        }
      }
      initialized = count
    }
    return ComplexSpectrogram(frames: frames, bins: transform.bins, values: values)
  }
}
