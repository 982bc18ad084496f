extension Variable {
  /// Some outputs of a depthwise transposed convolution over time: every channel is upsampled by a kernel of its own.
  ///
  /// y[b, t, c] = Σ_k kernel[c, 0, i] · x[b, k, c] over all k for which i = outputs[t] + padding − k · factor is a place
  /// of the kernel; inputs that are not there count as 0.
  ///
  /// With outputs 0..<(n − 1) · factor − 2 · padding + K, of n inputs and K places of the kernel, this is PyTorch's
  /// `ConvTranspose1d` of stride `factor` and as many groups as channels. The bits of an output do not depend on which
  /// others are asked for.
  ///
  /// - Parameters:
  ///   - kernel: [C, 1, K].
  ///   - padding: the place of the kernel that the first input has at output 0; not negative.
  ///   - outputs: which are asked for, not negative.
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
      factor: factor, padding: padding, places: weight.shape[2], inputs: shape[1], outputs: outputs)
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
