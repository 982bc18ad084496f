extension Variable {
  /// A convolution over time, or over height and width.
  ///
  /// y[b, p, o] = bias[o] + Σ_k Σ_i weight[o, i, k] · x[b, p · stride + k · dilation − padding, i], i in the group of o
  ///
  /// - Precondition: the output is not empty.
  /// - Shapes: [B, T, I] → [B, T′, O], or [B, H, W, I] → [B, H′, W′, O]; weight as `geometry.weightShape`, bias [O].
  public func convolution(weight: Variable, bias: Variable?, geometry: ConvolutionGeometry) -> Variable {
    precondition(
      weight.shape == geometry.weightShape && bias?.shape ?? [geometry.outputChannels] == [geometry.outputChannels],
      "a weight of shape \(weight.shape) for a convolution of weight \(geometry.weightShape)")
    precondition(
      geometry.outputShape(of: shape) != nil, geometry.windows.refusal(of: "a convolution", input: shape))
    let (workspace, backend, x, w) = (tape.workspace, tape.workspace.backend, value, weight.value)
    let needs = (input: hasGradient, weight: weight.hasGradient)
    let output = backend.convolution(x, weight: w, bias: bias?.value, geometry, in: workspace.resources)
    let needsBias = bias.map { $0.hasGradient }
    return tape.record([self, weight] + (bias.map { [$0] } ?? []), output: output) { gradient in
      [
        needs.input
          ? backend.convolutionInputGradient(gradient, weight: w, geometry, input: x.shape, in: workspace.resources)
          : nil,
        needs.weight ? backend.convolutionWeightGradient(gradient, input: x, geometry, in: workspace.resources) : nil,
      ] + (needsBias.map { [$0 ? backend.convolutionBiasGradient(gradient, in: workspace.resources) : nil] } ?? [])
    }
  }

  /// A transposed convolution: the map from the gradient of a convolution's output to that of its input.
  ///
  /// - Parameters:
  ///   - geometry: the geometry of the convolution from this operator's output to its input, so its output channels are
  ///     those of this value.
  ///   - lengths: the lengths of the result; the convolution must map each to this value's length.
  /// - Shapes: [B, T, I] → [B, lengths.., O]; weight [I, O / groups, K..] as in PyTorch, bias [O].
  public func transposedConvolution(
    weight: Variable, bias: Variable?, geometry: ConvolutionGeometry, lengths: [Int]
  ) -> Variable {
    precondition(
      geometry.takes(shape, to: lengths),
      "a transposed convolution of \(geometry.windows) cannot bring an input of shape \(shape) to "
        + "\(geometry.inputChannels) channels of lengths \(lengths)")
    let result = Shape([shape[0]] + lengths + [geometry.inputChannels])
    precondition(
      weight.shape == geometry.weightShape, "a weight of shape \(weight.shape), not \(geometry.weightShape)")
    let (workspace, backend, x, w) = (tape.workspace, tape.workspace.backend, value, weight.value)
    let needs = (input: hasGradient, weight: weight.hasGradient)
    let output = backend.convolutionInputGradient(x, weight: w, geometry, input: result, in: workspace.resources)
    let product = tape.record([self, weight], output: output) { gradient in
      [
        needs.input ? backend.convolution(gradient, weight: w, bias: nil, geometry, in: workspace.resources) : nil,
        needs.weight ? backend.convolutionWeightGradient(x, input: gradient, geometry, in: workspace.resources) : nil,
      ]
    }
    return bias.map { product + $0 } ?? product
  }
}

extension ConvolutionGeometry {
  /// Whether a transposed convolution can map an input to some lengths: whether they are positive, and the convolution
  /// maps them back.
  fileprivate func takes(_ input: Shape, to lengths: [Int]) -> Bool {
    lengths.count == windows.count && input.rank == windows.count + 2 && lengths.allSatisfy { $0 > 0 }
      && outputShape(of: Shape([input[0]] + lengths + [inputChannels])) == input
  }
}

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

extension Variable {
  /// The maximum or the mean of the elements under each window, by channel.
  ///
  /// Of equal maxima the first one gets the gradient, as in PyTorch.
  ///
  /// - Precondition: the output is not empty, and each window covers at least one element.
  /// - Shapes: [B, T, C] → [B, T′, C], or [B, H, W, C] → [B, H′, W′, C]; the lengths are those of
  ///   `PoolingGeometry.outputShape(of:)`.
  public func pooled(_ geometry: PoolingGeometry) -> Variable {
    let (workspace, backend, x) = (tape.workspace, tape.workspace.backend, value)
    precondition(geometry.outputShape(of: shape) != nil, geometry.windows.refusal(of: "a pooling", input: shape))
    precondition(
      geometry.windows.alwaysCoverElements(of: shape),
      GeometryFault.onlyPadding(operation: "a pooling", input: shape, windows: geometry.windows).description)
    let y = backend.pooling(x, geometry, in: workspace.resources)
    return tape.record([self], output: y) { gradient in
      [backend.poolingGradient(gradient, input: x, output: y, geometry, in: workspace.resources)]
    }
  }

  /// The mean of each channel over all positions: [B, .., C] → [B, C].
  public func globalAverage() -> Variable { mean(axes: positions) }

  /// The maximum of each channel over all positions: [B, .., C] → [B, C]. Equal elements share the gradient.
  public func globalMaximum() -> Variable { maximum(axes: positions) }

  /// The axes between batch and channels.
  private var positions: [Int] {
    precondition(
      shape.rank > 2 && shape.extents[1..<shape.rank - 1].allSatisfy { $0 > 0 },
      "a global pooling needs elements between batch and channels, not shape \(shape)")
    return Array(1..<shape.rank - 1)
  }
}
