import KodamaCore
import KodamaSpectra
import KodamaTensors

/// The forward and the backward pass of `SpectralLoss`, in double precision.
///
/// A part is one signal at one resolution. The forward pass keeps the spectra of x and the powers of the target for the
/// backward pass, which is the adjoint of the transform: the gradient of a frame is the inverse transform of the
/// gradients of its bins times the window, frames are added where they overlap, and what was reflected is added to what it
/// mirrors.
///
/// B signals, T samples, F frames, K bins.
final class SpectralDistance: @unchecked Sendable {
  // Sendable because parts write their own elements of `kept`, which is allocated before and read after.

  private let loss: SpectralLoss
  private let shape: SignalShape
  private let workspace: Workspace
  /// For each part, [F, 3K]: the spectrum of x (real part, imaginary part, and so on), then the power of the target;
  /// empty without a backward pass.
  private var kept: [Tensor<Double>] = []
  private let keepsSpectra: Bool
  /// For each resolution Σ (X − Y)², Σ Y² and Σ |ln X − ln Y|.
  private var sums: [SIMD3<Double>] = []

  init(_ loss: SpectralLoss, _ shape: SignalShape, keepsSpectra: Bool, _ workspace: Workspace) {
    (self.loss, self.shape, self.keepsSpectra, self.workspace) = (loss, shape, keepsSpectra, workspace)
  }

  /// The number of parts; the parts of one resolution lie together.
  private var parts: Int { shape.count * loss.resolutions.count }

  private func stft(ofPart part: Int) -> STFT { loss.resolutions[part / shape.count] }

  /// The loss.
  ///
  /// - Parameter x: [B, T], as the target.
  func forward(_ x: [Double], _ target: [Double]) -> Double {
    if keepsSpectra {
      kept = (0..<parts).map { part in
        let stft = stft(ofPart: part)
        return Tensor(
          undefined: [stft.frames(samples: shape.length), 3 * stft.bins], memory: workspace.resources.memory)
      }
    }
    nonisolated(unsafe) let rows = kept.indices.map { index in
      kept[index].withUnsafeMutableBuffer(of: 0..<kept[index].count) { $0.baseAddress.unsafelyUnwrapped }
    }
    let partSums = workspace.workers.map(parts: parts) { [self] part in
      forward(part, x, target, rows.isEmpty ? nil : rows[part])
    }
    var value = 0.0
    for (index, stft) in loss.resolutions.enumerated() {
      let sum = partSums[index * shape.count..<(index + 1) * shape.count].reduce(.zero, +)
      sums.append(sum)
      value += loss.convergence * (sum[0] / sum[1]).squareRoot() + loss.logarithms * sum[2] / elements(stft)
    }
    return value / Double(loss.resolutions.count)
  }

  /// The number of magnitudes of the batch at one resolution.
  private func elements(_ stft: STFT) -> Double {
    Double(shape.count * stft.frames(samples: shape.length) * stft.bins)
  }

  private func forward(
    _ part: Int, _ x: [Double], _ target: [Double], _ rows: UnsafeMutablePointer<Double>?
  ) -> SIMD3<Double> {
    let (stft, kernels) = (stft(ofPart: part), SpectralKernels.current)
    let (bins, fft) = (stft.bins, RealFFT.of(length: stft.fftLength))
    let signal = part % shape.count * shape.length
    let (own, other) = (FFTBuffers(length: fft.length), FFTBuffers(length: fft.length))
    let (padded, paddedTarget) = (reflected(x, signal, stft), reflected(target, signal, stft))
    var sum = SIMD3<Double>.zero
    for frame in 0..<stft.frames(samples: shape.length) {
      transform(padded, frame, stft, fft, own)
      transform(paddedTarget, frame, stft, fft, other)
      sum += kernels.magnitudeSums(
        FrameSpectra(
          frame: frame, bins: bins, first: UnsafePointer(other.spectrum), second: UnsafePointer(own.spectrum)),
        floor: MultiResolutionSTFT.powerFloor)
      guard let row = rows.map({ $0 + frame * 3 * bins }) else { continue }
      row.update(from: own.spectrum, count: 2 * bins)
      for bin in 0..<bins {
        let (real, imaginary) = (other.spectrum[2 * bin], other.spectrum[2 * bin + 1])
        row[2 * bins + bin] = real * real + imaginary * imaginary
      }
    }
    return sum
  }

  /// A signal with the samples that are reflected at both ends.
  private func reflected(_ x: [Double], _ start: Int, _ stft: STFT) -> [Double] {
    (-stft.paddedSamples..<shape.length + stft.paddedSamples).map {
      x[start + STFT.mirrored($0, count: shape.length)]
    }
  }

  /// Transforms a frame.
  private func transform(_ padded: [Double], _ frame: Int, _ stft: STFT, _ fft: RealFFT, _ buffers: FFTBuffers) {
    padded.withUnsafeBufferPointer { padded in
      stft.frameWindow.withUnsafeBufferPointer { window in
        let source = padded.baseAddress.unsafelyUnwrapped + frame * stft.hopLength
        for n in 0..<fft.length { buffers.signal[n] = source[n] * window[n] }
      }
    }
    fft.forward(buffers)
  }

  /// The gradient with respect to x, [B, T], times a scale.
  func backward(scale: Double) -> [Double] {
    precondition(!kept.isEmpty, "the forward pass of a spectral loss kept nothing for a backward pass")
    let gradients = workspace.workers.map(parts: parts) { [self] in backward($0, scale: scale) }
    kept = []
    var total = gradients[0..<shape.count].flatMap { $0 }
    for resolution in 1..<loss.resolutions.count {
      for signal in 0..<shape.count {
        let (gradient, start) = (gradients[resolution * shape.count + signal], signal * shape.length)
        for t in 0..<shape.length { total[start + t] += gradient[t] }
      }
    }
    return total
  }

  /// The gradient of a part, [T].
  private func backward(_ part: Int, scale: Double) -> [Double] {
    let (stft, sum) = (stft(ofPart: part), sums[part / shape.count])
    let (bins, fft) = (stft.bins, RealFFT.of(length: stft.fftLength))
    let buffers = FFTBuffers(length: fft.length)
    let share = scale / Double(loss.resolutions.count)
    // d ‖X − Y‖ / ‖Y‖ = (X − Y) / (‖X − Y‖ · ‖Y‖), and 0 for a copy.
    let convergence = sum[0] > 0 ? share * loss.convergence / (sum[0] * sum[1]).squareRoot() : 0
    let logarithm = share * loss.logarithms / elements(stft)
    var padded = [Double](repeating: 0, count: shape.length + 2 * stft.paddedSamples)
    kept[part].withUnsafeBuffer { rows in
      for frame in 0..<stft.frames(samples: shape.length) {
        let row = rows.baseAddress.unsafelyUnwrapped + frame * 3 * bins
        Self.gradient(row, bins: bins, convergence: convergence, logarithm: logarithm, to: buffers.spectrum)
        // The inverse transform counts each bin but the first and, of an even length, the last twice: here they count
        // once, by the factor of a half in `gradient`.
        for bin in stft.fftLength % 2 == 0 ? [0, bins - 1] : [0] {
          buffers.spectrum[2 * bin] *= 2
          buffers.spectrum[2 * bin + 1] *= 2
        }
        fft.inverse(buffers)
        padded.withUnsafeMutableBufferPointer { padded in
          let target = padded.baseAddress.unsafelyUnwrapped + frame * stft.hopLength
          stft.frameWindow.withUnsafeBufferPointer { window in
            for n in 0..<fft.length { target[n] += window[n] * buffers.signal[n] }
          }
        }
      }
    }
    var gradient = [Double](repeating: 0, count: shape.length)
    for (index, value) in padded.enumerated() {
      gradient[STFT.mirrored(index - stft.paddedSamples, count: shape.length)] += value
    }
    return gradient
  }

  /// Half the gradient of a frame with respect to the real and imaginary parts of its bins.
  private static func gradient(
    _ row: UnsafePointer<Double>, bins: Int, convergence: Double, logarithm: Double,
    to output: UnsafeMutablePointer<Double>
  ) {
    let floor = MultiResolutionSTFT.powerFloor
    for bin in 0..<bins {
      let (real, imaginary) = (row[2 * bin], row[2 * bin + 1])
      let power = real * real + imaginary * imaginary
      let targetPower = max(row[2 * bins + bin], floor)
      let magnitude = max(power, floor).squareRoot()
      let sign: Double = power > targetPower ? 1 : power < targetPower ? -1 : 0
      let slope = convergence * (magnitude - targetPower.squareRoot()) + logarithm * sign / magnitude
      let factor = power >= floor ? 0.5 * slope / magnitude : 0
      output[2 * bin] = factor * real
      output[2 * bin + 1] = factor * imaginary
    }
  }
}
