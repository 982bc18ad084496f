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
