import KodamaSpectra
import KodamaTensors

/// The distance of spectra at several resolutions of time and frequency.
///
/// With X and Y the magnitudes √max(power, 1e-8) of a batch of signals and their targets at one resolution:
///
///     loss = convergence · ‖X − Y‖ / ‖Y‖ + logarithms · mean |ln X − ln Y|
///
/// where ‖·‖ is Frobenius over the whole batch; the mean over the resolutions is taken. The standard resolutions are
/// those of the metric `mr-stft`, which has the same value for one signal. Where a magnitude is at its floor, or equal to
/// the target's, its gradient is 0. Transforms are in double precision for any scalar type.
///
/// - Source: Yamamoto, Song and Kim 2020 (arXiv:1910.11480); auraloss 0.4's `MultiResolutionSTFTLoss` for the constants
///   and for the norm over the batch.
public struct SpectralLoss: Sendable, Equatable {
  /// The transforms, all padded by `.reflect`.
  public let resolutions: [STFT]
  /// The weight of spectral convergence.
  public let convergence: Double
  /// The weight of the distance of log magnitudes.
  public let logarithms: Double

  /// - Precondition: at least one resolution, all padded by `.reflect`; weights that are not negative.
  public init(resolutions: [STFT], convergence: Double = 1, logarithms: Double = 1) {
    precondition(
      !resolutions.isEmpty && resolutions.allSatisfy { $0.padding == .reflect },
      "a spectral loss needs transforms that are reflected at the ends")
    precondition(convergence >= 0 && logarithms >= 0, "weights of \(convergence) and \(logarithms)")
    (self.resolutions, self.convergence, self.logarithms) = (resolutions, convergence, logarithms)
  }

  /// Three resolutions: FFT 1,024, 2,048 and 512, hops 120, 240 and 50, periodic Hann windows of 600, 1,200 and 240.
  public static let multiResolution = SpectralLoss(resolutions: MultiResolutionSTFT.resolutions)

  /// The least samples of a signal, which the reflection at the ends needs.
  public var shortest: Int { 1 + resolutions.reduce(0) { max($0, $1.paddedSamples) } }

  /// The loss of a batch.
  ///
  /// - Shapes: x [B, T] or [B, T, 1], a target of the same shape → [].
  /// - Precondition: T is at least `shortest`.
  public func loss<S: Scalar>(_ x: Variable<S>, _ target: Tensor<S>) -> Variable<S> {
    precondition(x.shape == target.shape, "a loss of shape \(x.shape) against a target of shape \(target.shape)")
    let (shape, workspace) = (SignalShape(x.shape), x.tape.workspace)
    precondition(shape.length >= shortest, "a spectral loss needs \(shortest) samples, and there are \(shape.length)")
    let distance = SpectralDistance(self, shape, keepsSpectra: x.tape.isRecording && x.hasGradient, workspace)
    let value = distance.forward(doubles(of: x.value), doubles(of: target))
    let extents = x.shape
    return x.tape.record([x], output: Tensor([], [S(value)])) { upstream in
      [scalars(distance.backward(scale: Double(upstream.item)), shape: extents)]
    }
  }
}

// Unspecialized, a conversion takes a call for every element.

@_specialize(where S == Float)
@_specialize(where S == Double)
private func doubles<S: Scalar>(of tensor: Tensor<S>) -> [Double] { tensor.withUnsafeBuffer { $0.map { Double($0) } } }

@_specialize(where S == Float)
@_specialize(where S == Double)
private func scalars<S: Scalar>(_ numbers: [Double], shape: Shape) -> Tensor<S> {
  Tensor(shape, numbers.lazy.map { S($0) })
}
