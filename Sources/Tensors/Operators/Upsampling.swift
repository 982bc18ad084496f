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

/// Where the outputs of a transposed convolution over time that are asked for have their inputs.
package struct UpsamplingGeometry: Sendable, Equatable {
  /// Outputs from one input to the next.
  package let factor: Int
  /// The place of the kernel that the first input has at output 0.
  package let padding: Int
  /// Places of the kernel.
  package let places: Int
  /// Inputs of each signal.
  package let inputs: Int
  /// The outputs that are asked for.
  package let outputs: Range<Int>

  /// The inputs that reach an output.
  func inputs(ofOutput output: Int) -> Range<Int> {
    let last = output + padding
    // The oldest has the kernel's last place.
    let first = max(0, last - places + factor) / factor
    let end = min(inputs, last / factor + 1)
    return min(first, end)..<end
  }

  /// The places of the kernel at which an input reaches outputs.
  func places(ofInput input: Int) -> Range<Int> {
    let shift = input * factor - padding
    let first = max(0, outputs.lowerBound - shift)
    return first..<max(first, min(places, outputs.upperBound - shift))
  }
}
