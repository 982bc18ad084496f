extension Variable {
  /// Normalizes each channel by the mean and the variance over all other axes, followed by an affine transform:
  ///
  /// y = weight · (x − mean) / √(variance + ε) + bias
  ///
  /// - Parameters:
  ///   - weight: [C]; nil for 1.
  ///   - bias: [C]; nil for 0.
  ///   - limits: the range that y is limited to, as by ReLU; nil for none. The gradient passes where y lies
  ///     strictly between them, as in PyTorch.
  /// - Shapes: [.., C], kept; the moments are [C].
  /// - Source: Ioffe and Szegedy 2015, algorithm 1; its gradient as there, in the form
  ///   dx = weight · r · (dy − mean(dy) − (x − mean) · r² · mean(dy · (x − mean))), r = 1 / √(variance + ε).
  public func batchNormalized(
    weight: Variable?, bias: Variable?, epsilon: S, limits: ClosedRange<S>? = nil
  ) -> (output: Variable, moments: Moments) {
    let (x, channels, workspace) = (value, shape.last, tape.workspace)
    let count = value.count / max(1, channels)
    precondition(count > 0, "nothing to normalize in shape \(shape)")
    precondition(
      [weight, bias].allSatisfy { $0.map { $0.shape == [channels] } ?? true },
      "a weight of shape \(weight?.shape ?? []) and a bias of shape \(bias?.shape ?? []) for \(channels) channels")
    let backend = workspace.backend
    let (mean, variance) = backend.channelMoments(x, in: workspace.resources)
    let (m, v, w, b) = (mean.elements, variance.elements, weight?.value.elements, bias?.value.elements)
    let inverse = v.map { 1 / ($0 + epsilon).squareRoot() }
    let scale = inverse.indices.map { inverse[$0] * (w?[$0] ?? 1) }
    let shift = inverse.indices.map { (b?[$0] ?? 0) - m[$0] * scale[$0] }
    let (factor, offset) = (Tensor([channels], scale), Tensor([channels], shift))
    let output = backend.channelTransform(x, scale: factor, shift: offset, limits: limits, in: workspace.resources)
    let passage = limits.map { GradientPassage(scale: factor, shift: offset, limits: $0) }
    let inputs = [self] + [weight, bias].compactMap { $0 }
    let (needsInput, hasWeight, hasBias) = (hasGradient, weight != nil, bias != nil)
    let result = tape.record(inputs, output: output) { gradient in
      let (sums, products) = backend.channelProducts(
        gradient, passage: passage, x, mean: mean, in: workspace.resources)
      let (s, p, share) = (sums.elements, products.elements, 1 / S(count))
      var gradients: [Tensor<S>?] = [nil]
      if needsInput {
        let slope = s.indices.map { -scale[$0] * inverse[$0] * inverse[$0] * p[$0] * share }
        let offset = s.indices.map { -scale[$0] * s[$0] * share }
        gradients[0] = backend.channelCombination(
          gradient, passage: passage, scale: factor, x, mean: mean,
          scale: Tensor([channels], slope), shift: Tensor([channels], offset), in: workspace.resources)
      }
      if hasWeight { gradients.append(Tensor([channels], p.indices.map { p[$0] * inverse[$0] })) }
      if hasBias { gradients.append(sums) }
      return gradients
    }
    return (result, Moments(mean: mean, variance: variance, count: count))
  }

  /// scale · x + shift, by channel.
  ///
  /// - Parameters:
  ///   - scale: [C].
  ///   - shift: [C].
  /// - Shapes: [.., C], kept.
  public func transformed(scale: Variable, shift: Variable) -> Variable {
    let (x, channels, workspace) = (value, shape.last, tape.workspace)
    precondition(
      scale.shape == [channels] && shift.shape == [channels],
      "a scale of shape \(scale.shape) and a shift of shape \(shift.shape) for \(channels) channels")
    let (backend, factor) = (workspace.backend, scale.value)
    let needsInput = hasGradient
    let output = backend.channelTransform(
      x, scale: factor, shift: shift.value, limits: nil, in: workspace.resources)
    return tape.record([self, scale, shift], output: output) { gradient in
      let zero = Tensor<S>([channels])
      let (sums, products) = backend.channelProducts(
        gradient, passage: nil, x, mean: zero, in: workspace.resources)
      return [
        needsInput
          ? backend.channelTransform(gradient, scale: factor, shift: zero, limits: nil, in: workspace.resources) : nil,
        products, sums,
      ]
    }
  }
}
