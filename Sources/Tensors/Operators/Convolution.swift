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
    let needsBias = bias.map(\.hasGradient)
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
