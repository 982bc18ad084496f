extension Variable {
  /// Some outputs of a depthwise transposed convolution over time: every channel is upsampled by its own kernel.
  ///
  /// y[b, t, c] = Σ_k kernel[c, 0, i] · x[b, k, c] over all k for which i = outputs[t] + padding − k · factor is in
  /// 0..<K; inputs outside the signal are 0.
  ///
  /// With outputs 0..<(n − 1) · factor − 2 · padding + K, for n inputs and a kernel of K taps, this is PyTorch's
  /// `ConvTranspose1d` with stride `factor` and as many groups as channels. The value of an output does not depend, to
  /// the bit, on which others are requested.
  ///
  /// - Parameters:
  ///   - kernel: [C, 1, K].
  ///   - padding: the tap that the first input has at output 0; not negative.
  ///   - outputs: the requested outputs, not negative.
  /// - Shapes: [B, n, C] → [B, outputs, C].
  public func upsampled(by factor: Int, kernel: Variable, padding: Int, outputs: Range<Int>) -> Variable {
    precondition(
      shape.rank == 3 && kernel.shape.rank == 3 && kernel.shape[0] == shape.last && kernel.shape[1] == 1,
      "a signal of shape \(shape) is not upsampled by a kernel of shape \(kernel.shape)")
    precondition(
      factor > 0 && padding >= 0 && outputs.lowerBound >= 0,
      "no upsampling is by \(factor) with padding \(padding) to outputs \(outputs)")
    let (workspace, input, weight) = (tape.workspace, value, kernel.value)
    let geometry = UpsamplingGeometry(
      factor: factor, padding: padding, taps: weight.shape[2], inputs: shape[1], outputs: outputs)
    let (needsInput, needsKernel) = (hasGradient, kernel.hasGradient)
    let output = workspace.backend.upsampled(input, kernel: weight, geometry, in: workspace.resources)
    return tape.record([self, kernel], output: output) { gradient in
      let backend = workspace.backend
      return [
        needsInput ? backend.upsamplingInputGradient(gradient, kernel: weight, geometry, in: workspace.resources) : nil,
        needsKernel ? backend.upsamplingKernelGradient(gradient, input: input, geometry, in: workspace.resources) : nil,
      ]
    }
  }
}

/// The mapping between inputs and requested outputs of a transposed convolution over time.
package struct UpsamplingGeometry: Sendable, Equatable {
  /// Outputs from one input to the next.
  package let factor: Int
  /// The tap that the first input has at output 0.
  package let padding: Int
  /// The number of taps of the kernel.
  package let taps: Int
  /// The number of inputs of each signal.
  package let inputs: Int
  /// The requested outputs.
  package let outputs: Range<Int>

  /// The inputs that contribute to an output.
  func inputs(ofOutput output: Int) -> Range<Int> {
    let last = output + padding
    // The oldest input has the last tap.
    let first = max(0, last - taps + factor) / factor
    let end = min(inputs, last / factor + 1)
    return min(first, end)..<end
  }

  /// The taps by which an input contributes to outputs.
  func taps(ofInput input: Int) -> Range<Int> {
    let shift = input * factor - padding
    let first = max(0, outputs.lowerBound - shift)
    return first..<max(first, min(taps, outputs.upperBound - shift))
  }
}
