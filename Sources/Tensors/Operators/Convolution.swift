extension Variable {
  /// A convolution over time, or over height and width.
  ///
  /// y[b, p, o] = bias[o] + Σ_k Σ_i weight[o, i, k] · x[b, p · stride + k · dilation − padding, i], i in the group of o
  ///
  /// - Shapes: [B, T, I] → [B, T′, O], or [B, H, W, I] → [B, H′, W′, O]; weight as `geometry.weightShape`, bias [O].
  public func convolution(weight: Variable, bias: Variable?, geometry: ConvolutionGeometry) -> Variable {
    precondition(
      weight.shape == geometry.weightShape && bias?.shape ?? [geometry.outputChannels] == [geometry.outputChannels],
      "a weight of shape \(weight.shape) for a convolution of weight \(geometry.weightShape)")
    let (workspace, backend, x, w) = (tape.workspace, tape.workspace.backend, value, weight.value)
    let needs = (input: hasGradient, weight: weight.hasGradient)
    let output = backend.convolution(x, weight: w, bias: bias?.value, geometry, in: workspace)
    let needsBias = bias.map(\.hasGradient)
    return tape.record([self, weight] + (bias.map { [$0] } ?? []), output: output) { gradient in
      [
        needs.input
          ? backend.convolutionInputGradient(gradient, weight: w, geometry, input: x.shape, in: workspace) : nil,
        needs.weight ? backend.convolutionWeightGradient(gradient, input: x, geometry, in: workspace) : nil,
      ] + (needsBias.map { [$0 ? backend.convolutionBiasGradient(gradient, in: workspace) : nil] } ?? [])
    }
  }

  /// A transposed convolution: what the gradient of a convolution's input is to the gradient of its output.
  ///
  /// - Parameters:
  ///   - geometry: of the convolution from this operator's output to its input, so its output channels are those of this
  ///     value.
  ///   - lengths: those of the result; each must be one that the convolution brings to this value's length.
  /// - Shapes: [B, T, I] → [B, lengths.., O]; weight [I, O / groups, K..] as PyTorch has it, bias [O].
  public func transposedConvolution(
    weight: Variable, bias: Variable?, geometry: ConvolutionGeometry, lengths: [Int]
  ) -> Variable {
    let result = Shape([shape[0]] + lengths + [geometry.inputChannels])
    precondition(
      geometry.outputShape(of: result) == shape,
      "a convolution of \(geometry.windows) brings lengths \(lengths) to shape "
        + "\(geometry.outputShape(of: result).map { "\($0)" } ?? "nothing"), not to \(shape)")
    precondition(
      weight.shape == geometry.weightShape, "a weight of shape \(weight.shape), not \(geometry.weightShape)")
    let (workspace, backend, x, w) = (tape.workspace, tape.workspace.backend, value, weight.value)
    let needs = (input: hasGradient, weight: weight.hasGradient)
    let output = backend.convolutionInputGradient(x, weight: w, geometry, input: result, in: workspace)
    let product = tape.record([self, weight], output: output) { gradient in
      [
        needs.input ? backend.convolution(gradient, weight: w, bias: nil, geometry, in: workspace) : nil,
        needs.weight ? backend.convolutionWeightGradient(x, input: gradient, geometry, in: workspace) : nil,
      ]
    }
    return bias.map { product + $0 } ?? product
  }
}
