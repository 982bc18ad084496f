/// The weights and biases of a gated residual block, or something of each of them: variables, tensors, gradients.
package struct GatedResidualWeights<Value> {
  /// [2G, R, K], of a causal dilated convolution.
  package var dilatedWeight: Value
  /// [2G], or [B, 1, 2G] with a row for each signal.
  package var dilatedBias: Value?
  /// [S, G, 1].
  package var skipWeight: Value
  /// [S].
  package var skipBias: Value?
  /// [R, G, 1]; nil in a last block.
  package var residualWeight: Value?
  /// [R].
  package var residualBias: Value?
  /// [2G, C, 1]; nil without features.
  package var featureWeight: Value?

  package init(
    dilatedWeight: Value, dilatedBias: Value?, skipWeight: Value, skipBias: Value?, residualWeight: Value? = nil,
    residualBias: Value? = nil, featureWeight: Value? = nil
  ) {
    (self.dilatedWeight, self.dilatedBias, self.skipWeight, self.skipBias) =
      (dilatedWeight, dilatedBias, skipWeight, skipBias)
    (self.residualWeight, self.residualBias, self.featureWeight) = (residualWeight, residualBias, featureWeight)
  }

  /// What a function makes of each.
  func map<R>(_ transform: (Value) -> R) -> GatedResidualWeights<R> {
    var copy = self
    return copy.mapInPlace { transform($0) }
  }

  /// What a function makes of each in place.
  mutating func mapInPlace<R>(_ transform: (inout Value) -> R) -> GatedResidualWeights<R> {
    func mapped(_ value: inout Value?) -> R? { value == nil ? nil : transform(&value!) }
    return GatedResidualWeights<R>(
      dilatedWeight: transform(&dilatedWeight), dilatedBias: mapped(&dilatedBias),
      skipWeight: transform(&skipWeight), skipBias: mapped(&skipBias), residualWeight: mapped(&residualWeight),
      residualBias: mapped(&residualBias), featureWeight: mapped(&featureWeight))
  }

  /// Those that are there, in order.
  var all: [Value] {
    [dilatedWeight, skipWeight]
      + [dilatedBias, skipBias, residualWeight, residualBias, featureWeight].compactMap { $0 }
  }
}

extension GatedResidualWeights: Sendable where Value: Sendable {}

/// A gated residual block as a backend takes it.
package struct GatedResidualBlock<S: Scalar>: Sendable {
  /// Of the dilated convolution, R to 2G channels.
  package let geometry: ConvolutionGeometry
  package let weights: GatedResidualWeights<Tensor<S>>
  /// [B, T, C]; nil without features.
  package let features: Tensor<S>?
  /// The factor of the next block's input.
  package let residualScale: S

  var residualChannels: Int { geometry.inputChannels }
  var gateChannels: Int { geometry.outputChannels / 2 }
  var skipChannels: Int { weights.skipWeight.shape[0] }
}

/// The gradients of a gated residual block; nil where they are not wanted.
package struct GatedResidualGradients<S: Scalar> {
  /// [B, T, R].
  package let input: Tensor<S>?
  /// [B, T, C].
  package let features: Tensor<S>?
  package let weights: GatedResidualWeights<Tensor<S>?>
}

/// Which gradients of a gated residual block are wanted.
package struct GatedResidualNeeds: Sendable {
  package let input: Bool
  package let features: Bool
  package let weights: GatedResidualWeights<Bool>

  /// Whether the gradient before the gates is, for the sake of what lies before them.
  var gates: Bool {
    input || features || weights.dilatedWeight || weights.dilatedBias == true || weights.featureWeight == true
  }
}

/// Carries out gated residual blocks as one operator each.
package protocol GatedResidualBackend: Sendable {
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - skip: [B, T, S], the sum to add to, which may be overwritten; nil where it begins here.
  /// - Returns: `next` [B, T, R] unless the block is a last one, `skip` [B, T, S], and what the backward pass needs.
  func gatedResidualBlock<S>(
    _ x: Tensor<S>, _ block: GatedResidualBlock<S>, skip: consuming Tensor<S>?, in workspace: Workspace
  ) -> (next: Tensor<S>?, skip: Tensor<S>, kept: [Tensor<S>])

  /// - Parameters:
  ///   - kept: what the forward pass returned; may be overwritten.
  ///   - skip: the gradient of the sum of skip connections, [B, T, S].
  ///   - next: that of the next block's input, [B, T, R], which may be overwritten; nil where nothing depends on it.
  ///   - features: what later blocks contribute to that of the features, [B, T, C], to be added to; nil where none does.
  func gatedResidualGradients<S>(
    _ x: Tensor<S>, _ block: GatedResidualBlock<S>, kept: inout [Tensor<S>], skip: Tensor<S>,
    next: consuming Tensor<S>?, features: consuming Tensor<S>?, needs: GatedResidualNeeds, in workspace: Workspace
  ) -> GatedResidualGradients<S>
}

extension Workspace {
  /// Whether gated residual blocks are one operator here. Where they are not, layers compose them of others.
  package var fusesGatedResidualBlocks: Bool { backend.gatedResidualBlocks != nil }
}

extension Variable {
  /// A gated residual block on this input as one operator: sums of skip connections are added up in place, and only the
  /// activated gates are kept for the backward pass.
  ///
  ///     z     = dilated(x) + dilated bias + feature weight · features      causal, 2G channels
  ///     y     = tanh(the first half of z) · sigmoid(the second)
  ///     skip += skip weight · y + skip bias
  ///     next  = residual scale · (x + residual weight · y + residual bias)
  ///
  /// - Parameters:
  ///   - weights: shapes as there.
  ///   - features: [B, T, C], nil without features. Becomes the same values as of this operator, so that their gradient
  ///     is added up from block to block.
  ///   - skip: [B, T, S], nil where the sum begins here.
  /// - Returns: the input of the next block; nil without a residual weight.
  /// - Precondition: the workspace fuses such blocks.
  /// - Source: van den Oord et al. 2016, §2.4, figure 4.
  package func gatedResidualBlock(
    _ weights: GatedResidualWeights<Variable>, geometry: ConvolutionGeometry, residualScale: S,
    features: inout Variable?, skip: inout Variable?
  ) -> Variable? {
    let (tape, workspace, x) = (tape, tape.workspace, value)
    guard let backend = workspace.backend.gatedResidualBlocks else {
      preconditionFailure("\(workspace.backend) has no gated residual blocks")
    }
    precondition(
      (features == nil) == (weights.featureWeight == nil),
      "features of shape \(features.map { "\($0.shape)" } ?? "none") for a weight of features of shape "
        + (weights.featureWeight.map { "\($0.shape)" } ?? "none"))
    let block = GatedResidualBlock(
      geometry: geometry, weights: weights.map(\.value), features: features?.value, residualScale: residualScale)
    let needs = GatedResidualNeeds(
      input: hasGradient, features: features?.hasGradient == true, weights: weights.map(\.hasGradient))
    // The sum is taken out of its variable: as its only owner the operator adds to it in place.
    var previous = skip
    skip = nil
    let (next, total, kept) = backend.gatedResidualBlock(x, block, skip: previous?.takeValue(), in: workspace)

    let state = KeptTensors(kept)
    // Placeholders keep the order of the gradients where there is no sum before, next input or features.
    let nothing = tape.constant(Tensor<S>([0], []))
    let inputs = [self, previous ?? nothing, features ?? nothing] + weights.all
    let results = [total, next ?? nothing.value, block.features ?? nothing.value]
    let skipShape = total.shape
    let outputs = tape.record(inputs, outputs: results) { gradients in
      let skipGradient = gradients[0] ?? Tensor(skipShape, workspace: workspace)
      let found = backend.gatedResidualGradients(
        x, block, kept: &state.tensors, skip: skipGradient, next: gradients[1].take(), features: gradients[2].take(),
        needs: needs, in: workspace)
      return [found.input, skipGradient, found.features] + found.weights.all
    }
    skip = outputs[0]
    if needs.features { features = outputs[2] }
    return next.map { _ in outputs[1] }
  }
}

/// What an operator keeps for its backward pass. A class, so that the backward pass can overwrite it.
private final class KeptTensors<S: Scalar> {
  var tensors: [Tensor<S>]
  init(_ tensors: [Tensor<S>]) { self.tensors = tensors }
}
