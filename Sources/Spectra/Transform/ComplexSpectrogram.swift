/// The short-time Fourier transform of one channel.
///
/// - Shapes: both arrays are [frame, bin], row-major.
public struct ComplexSpectrogram: Sendable, Equatable {
  /// The number of frames.
  public let frames: Int
  /// Frequencies per frame.
  public let bins: Int
  /// The real parts, [frame, bin].
  public var real: [Float]
  /// The imaginary parts, [frame, bin].
  public var imaginary: [Float]

  /// - Precondition: both arrays hold frames · bins numbers.
  public init(frames: Int, bins: Int, real: [Float], imaginary: [Float]) {
    precondition(
      real.count == frames * bins && imaginary.count == frames * bins,
      "\(frames) frames of \(bins) bins cannot hold \(real.count) real and \(imaginary.count) imaginary parts")
    self.frames = frames
    self.bins = bins
    self.real = real
    self.imaginary = imaginary
  }

  /// The squared magnitudes.
  public var power: Spectrogram {
    Spectrogram(
      frames: frames, bands: bins,
      values: zip(real, imaginary).map { $0 * $0 + $1 * $1 })
  }
}
