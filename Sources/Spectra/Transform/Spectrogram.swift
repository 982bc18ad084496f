/// One number per frame and band: power, mel energy, or a logarithm of these.
///
/// - Shapes: values [frame, band], row-major.
public struct Spectrogram: Sendable, Equatable {
  /// The number of frames.
  public let frames: Int
  /// Numbers per frame: bins of a Fourier transform or mel bands.
  public let bands: Int
  /// The numbers, [frame, band].
  public var values: [Float]

  /// - Precondition: `values` holds frames · bands numbers.
  public init(frames: Int, bands: Int, values: [Float]) {
    precondition(
      values.count == frames * bands, "\(frames) frames of \(bands) bands cannot hold \(values.count) numbers")
    self.frames = frames
    self.bands = bands
    self.values = values
  }

  /// The number at a frame and band.
  public subscript(frame: Int, band: Int) -> Float { values[frame * bands + band] }
  /// The numbers of a frame.
  public subscript(frame frame: Int) -> ArraySlice<Float> { values[frame * bands..<(frame + 1) * bands] }
}

/// The short-time Fourier transform of one channel.
///
/// - Shapes: values [frame, bin, 2], row-major: real part, imaginary part, as numpy's complex64.
public struct ComplexSpectrogram: Sendable, Equatable {
  /// The number of frames.
  public let frames: Int
  /// Frequencies per frame.
  public let bins: Int
  /// The real and imaginary parts, [frame, bin, 2].
  public var values: [Float]

  /// - Precondition: `values` holds two numbers for each bin of each frame.
  public init(frames: Int, bins: Int, values: [Float]) {
    precondition(
      values.count == 2 * frames * bins, "\(frames) frames of \(bins) bins cannot hold \(values.count) numbers")
    self.frames = frames
    self.bins = bins
    self.values = values
  }

  /// The value of a bin of a frame.
  public subscript(frame: Int, bin: Int) -> (real: Float, imaginary: Float) {
    let index = 2 * (frame * bins + bin)
    return (values[index], values[index + 1])
  }

  /// The squared magnitudes.
  public var power: Spectrogram {
    let power = (0..<frames * bins).map { index -> Float in
      let (real, imaginary) = (values[2 * index], values[2 * index + 1])
      return real * real + imaginary * imaginary
    }
    return Spectrogram(frames: frames, bands: bins, values: power)
  }

  /// The magnitudes.
  public var magnitudes: Spectrogram {
    var magnitudes = power
    for index in magnitudes.values.indices { magnitudes.values[index].formSquareRoot() }
    return magnitudes
  }
}
