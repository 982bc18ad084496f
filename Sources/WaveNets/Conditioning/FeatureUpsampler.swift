import KodamaLayers
import KodamaTensors

/// Upsamples frames of features to steps: a convolution over neighboring frames, then upsampling by the hop.
///
/// With x the frames, starting `marginFrames` before the first step's frame, and p context frames,
///
///     u[k] = Σ_j context[:, :, j] · x[k + j]                   j in 0...2p; where p > 0
///     y[t] = upsampled u, for the T steps from the first on
///
/// Upsampling by nearest: u[⌊t / hop⌋]. Linear: (1 − r) · u[k] + r · u[k + 1] with t = (k + r) · hop. Transposed: for
/// each factor f in turn the depthwise convolution of PyTorch's `ConvTranspose1d(C, C, 2f, stride=f, padding=f // 2,
/// groups=C, bias=False)`, which combines two frames for every output; it is initialized to linear interpolation
/// between the centers of frames.
///
/// Each output depends on a bounded window of the input, so that any part of a long signal can be computed alone. All
/// operations are linear and without biases.
///
/// - Shapes: frames [B, ⌈T / hop⌉ + 2 · margin, C] → [B, T, C].
/// - Parameters in checkpoints: `features.context.weight` [C, C, 2p + 1], first frame first;
///   `features.upsampling.i.weight` [C, 1, 2f].
/// - Source: the transposed convolutions and the context follow van den Oord et al. 2016, §2.5, and r9y9's
///   wavenet_vocoder (`cin_pad`); the kernel sizes are ours.
public struct FeatureUpsampler: Layer, Equatable {
  /// The features.
  public let features: FeatureConditioning
  /// The convolution over frames; nil without context.
  let context: Convolution?
  /// The kernels of learned upsampling, by factor.
  private let kernels: [ParameterDeclaration]

  init(_ features: FeatureConditioning) {
    self.features = features
    let (channels, upsampling) = (features.channels, features.upsampling)
    context =
      features.contextFrames == 0
      ? nil
      : Convolution(
        "features.context",
        ConvolutionGeometry(
          inputChannels: channels, outputChannels: channels, kernelSize: 2 * features.contextFrames + 1), bias: false)
    kernels =
      upsampling.method != .transposed
      ? []
      : upsampling.factors.enumerated().map { index, factor in
        ParameterDeclaration(
          "features.upsampling.\(index).weight", [channels, 1, 2 * factor], .rows(Self.interpolation(by: factor)))
      }
  }

  public var declarations: [ParameterDeclaration] { (context?.declarations ?? []) + kernels }

  /// The kernel of linear interpolation between the centers of frames: a triangle of 2f numbers, of which any two f
  /// apart sum to 1.
  private static func interpolation(by factor: Int) -> [Double] {
    (0..<2 * factor).map { 1 - abs(Double($0) + 0.5 - Double(factor)) / Double(factor) }
  }

  /// The features of every step.
  ///
  /// - Precondition: the window is one for `steps` steps.
  func forward<S: Scalar>(_ window: FeatureWindow, steps: Int, _ pass: Pass<S>) -> Variable<S> {
    let frames = features.windowFrames(steps: steps)
    precondition(
      window.shape == [window.shape[0], frames, features.channels],
      "features of shape \(window.shape) for \(steps) steps, which need \(frames) frames of \(features.channels) numbers"
    )
    let values = pass.tape.constant(Tensor<S>(window.shape, window.values.map { S($0) }))
    guard let context else { return upsampled(values, beforeFirst: features.marginFrames, steps: steps, pass) }
    // The output of a causal convolution over 2p + 1 frames belongs to the frame p earlier.
    return upsampled(
      context.forward(values, pass), beforeFirst: features.marginFrames + features.contextFrames, steps: steps, pass)
  }

  /// Upsamples frames after the context convolution.
  ///
  /// - Parameter beforeFirst: the number of frames before that of the first step.
  func upsampled<S: Scalar>(_ frames: Variable<S>, beforeFirst: Int, steps: Int, _ pass: Pass<S>) -> Variable<S> {
    let (hop, channels, first) = (features.hopLength, features.channels, beforeFirst * features.hopLength)
    func constant(_ row: [Double]) -> Variable<S> {
      pass.tape.constant(
        Tensor([channels, 1, row.count], (0..<channels * row.count).map { S(row[$0 % row.count]) }))
    }
    switch features.upsampling.method {
    case .linear where hop > 1:
      let triangle = constant((0..<2 * hop).map { 1 - abs(Double($0 - hop)) / Double(hop) })
      return frames.upsampled(by: hop, kernel: triangle, padding: hop, outputs: first..<first + steps)
    case .transposed where hop > 1:
      var (result, beforeFirst) = (frames, beforeFirst)
      for (index, (factor, kernel)) in zip(features.upsampling.factors, kernels).enumerated() {
        let isLast = index == kernels.count - 1
        // Up to the last factor, all outputs that are completely determined by the frames.
        let first = isLast ? beforeFirst * factor : factor - factor / 2
        let count = isLast ? steps : (result.shape[1] - 1) * factor
        result = result.upsampled(
          by: factor, kernel: pass.parameter(kernel.name), padding: factor / 2, outputs: first..<first + count)
        beforeFirst = beforeFirst * factor - first
      }
      return result
    default:
      if hop == 1 && beforeFirst == 0 { return frames }
      let box = constant([Double](repeating: 1, count: hop))
      return frames.upsampled(by: hop, kernel: box, padding: 0, outputs: first..<first + steps)
    }
  }
}
