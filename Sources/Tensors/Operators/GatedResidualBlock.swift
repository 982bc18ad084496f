extension Workspace {
  /// Whether gated residual blocks are fused into one operator. Otherwise layers compose them of others.
  package var fusesGatedResidualBlocks: Bool { backend.gatedResidualBlocks != nil }
}

extension Variable {
  /// A gated residual block on this input as one operator: the sum of skip connections is accumulated in place, and
  /// only the activated gates are saved for the backward pass.
  ///
  ///     z     = dilated(x) + dilated bias + feature weight · features      causal, 2G channels
  ///     y     = tanh(the first half of z) · sigmoid(the second)
  ///     skip += skip weight · y + skip bias
  ///     next  = residual scale · (x + residual weight · y + residual bias)
  ///
  /// - Parameters:
  ///   - weights: see there for shapes.
  ///   - features: [B, T, C], nil without features. Replaced by the same values as an output of this operator, so that
  ///     their gradient is accumulated from block to block.
  ///   - skip: [B, T, S], nil for the first block.
  /// - Returns: the input of the next block; nil without a residual weight.
  /// - Precondition: the workspace fuses such blocks.
  /// - Source: van den Oord et al. 2016, §2.4, figure 4.
  @_specialize(where S == Float)
  package func gatedResidualBlock(
    _ weights: GatedResidualWeights<Variable>, geometry: ConvolutionGeometry, residualScale: S,
    features: inout Variable?, skip: inout Variable?
  ) -> Variable? {
    let (tape, workspace) = (tape, tape.workspace)
    guard let backend = workspace.backend.gatedResidualBlocks else {
      preconditionFailure("\(workspace.backend) has no gated residual blocks")
    }
    precondition(
      (features == nil) == (weights.featureWeight == nil),
      "features of shape \(features.map { "\($0.shape)" } ?? "none") for a weight of features of shape "
        + (weights.featureWeight.map { "\($0.shape)" } ?? "none"))
    let block = GatedResidualBlock(
      geometry: geometry, weights: weights.map { $0.value }, features: features?.value, residualScale: residualScale)
    let needs = GatedResidualNeeds(
      input: hasGradient, features: features?.hasGradient == true, weights: weights.map { $0.hasGradient })
    // The sum is moved out of its variable, so that the operator uniquely owns it and adds to it in place.
    var previous = skip
    skip = nil
    let found = backend.gatedResidualBlock(value, block, skip: previous?.takeValue(), in: workspace.resources)

    // Placeholders keep the order of the gradients where there is no previous sum, next input or features.
    let nothing = tape.constant(Tensor<S>([0], []))
    let inputs = [self, previous ?? nothing, features ?? nothing] + weights.all
    let results = [found.skip, found.next ?? nothing.value, block.features ?? nothing.value]
    let (skipShape, backward) = (found.skip.shape, found.backward)
    let outputs = tape.record(inputs, outputs: results) { gradients in
      let skipGradient = gradients[0] ?? Tensor(skipShape, workspace: workspace)
      let found = backward(skipGradient, gradients[1].take(), gradients[2].take(), needs)
      return [found.input, skipGradient, found.features] + found.weights.all
    }
    skip = outputs[0]
    if needs.features { features = outputs[2] }
    return found.next.map { _ in outputs[1] }
  }
}
