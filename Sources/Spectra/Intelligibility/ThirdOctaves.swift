import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The frames of a sound at 10 kHz, and the levels of 15 third-octave bands in them.
///
/// Frames have 256 samples, 128 from one to the next, through the window sin²(π (n + 1) / 257); the last one ends
/// before the sound does. Band j is centered on 150 · 2^(j/3) Hz and contains the bins of a transform of 512 samples
/// between those that are nearest to its edges, the upper one excluded; its level is √Σ|X|².
enum ThirdOctaves {
  static let bands = 15
  static let frameLength = 256
  static let hopLength = 128
  private static let fftLength = 512

  /// The window.
  static let window: [Double] = (0..<frameLength).map { n in
    let sine = sin(Double.pi * Double(n + 1) / Double(frameLength + 1))
    return sine * sine
  }

  /// The bins of each band.
  private static let bins: [Range<Int>] = (0..<bands).map { band in
    edge(halfSteps: 2 * band - 1)..<edge(halfSteps: 2 * band + 1)
  }

  /// The bin that is nearest to an edge, counted in sixths of an octave from 150 Hz.
  private static func edge(halfSteps: Int) -> Int {
    let frequency: Double = 150 * exp2(Double(halfSteps) / 6)
    return Int((frequency * Double(fftLength) / Double(TenKilohertz.sampleRate)).rounded())
  }

  /// The number of frames of a sound.
  static func frames(of samples: Int) -> Int { max(0, samples - frameLength + hopLength - 1) / hopLength }

  /// Computes band levels, with buffers of its own.
  final class Transform {
    private let fft = RealFFT.of(length: ThirdOctaves.fftLength)
    private let buffers = FFTBuffers(length: ThirdOctaves.fftLength)

    /// The levels of the frame that overlapped windowed frames add up to, the middle one being in its place.
    func levels(after previous: [Double]?, _ frame: [Double], before next: [Double]) -> [Double] {
      let (signal, half) = (buffers.signal, ThirdOctaves.hopLength)
      for n in 0..<half {
        signal[n] = (frame[n] + (previous?[half + n] ?? 0)) * ThirdOctaves.window[n]
        signal[half + n] = (frame[half + n] + next[n]) * ThirdOctaves.window[half + n]
      }
      fft.forward(buffers)
      return ThirdOctaves.bins.map { bins in
        bins.reduce(0) { sum, bin in
          let (real, imaginary) = (buffers.spectrum[2 * bin], buffers.spectrum[2 * bin + 1])
          return sum + real * real + imaginary * imaginary
        }.squareRoot()
      }
    }
  }
}
