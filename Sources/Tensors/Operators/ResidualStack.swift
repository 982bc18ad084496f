extension Workspace {
  /// Whether stacks of residual layers are fused into one operator. Otherwise layers compose them of others.
  package var fusesResidualStacks: Bool { backend.residualStacks != nil }
}

extension Variable {
  /// A stack of residual layers on this input as one operator, those of a WaveNet for regression:
  ///
  ///     z    = f(dilated(x) + condition weight · condition)      the outputs that have all their inputs
  ///     x    = x + pointwise(z)                                  the input of the next layer
  ///     sum += z
  ///
  /// Activations are kept as rows of one channel each, so that vectors run along time and few channels are as fast as
  /// many. Time steps go through all layers in blocks that stay in the cache.
  ///
  /// - Parameters:
  ///   - layers: all with the same channels, at least one; see there for shapes.
  ///   - condition: [B, T, D], which has no gradient.
  /// - Returns: the input of the next layer, [B, T′, R], and the sum over the layers, [B, T′, G], with T′ = T − lookback.
  /// - Precondition: the workspace fuses such stacks, and an output has all its inputs.
  /// - Source: van den Oord et al. 2016, §2.4; without the gates.
  package func residualStack(
    _ layers: [ResidualStackLayer<Variable>], condition: Tensor<S>
  ) -> (next: Variable, sum: Variable) {
    let (tape, workspace) = (tape, tape.workspace)
    guard let backend = workspace.backend.residualStacks else {
      preconditionFailure("\(workspace.backend) has no residual stacks")
    }
    let lookback = layers.reduce(0) { $0 + $1.lookback }
    precondition(
      shape.rank == 3 && shape[1] > lookback && condition.shape.extents.dropLast() == shape.extents.dropLast(),
      "a residual stack with a lookback of \(lookback) over an input of shape \(shape) and a condition of shape "
        + "\(condition.shape)")
    let values = layers.map { layer in layer.map { $0.value } }
    let found = backend.residualStack(value, values, condition: condition, in: workspace.resources)
    let (inputs, needsInput, backward) = ([self] + layers.flatMap(\.all), hasGradient, found.backward)
    let outputs = tape.record(inputs, outputs: [found.next, found.sum]) { gradients in
      let found = backward(gradients[0].take(), gradients[1].take(), needsInput)
      return [found.input] + found.layers.flatMap { $0.all.map(Optional.some) }
    }
    return (outputs[0], outputs[1])
  }
}
