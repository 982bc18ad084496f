/// The weights and biases of a gated residual block, or values associated with each: variables, tensors, gradients.
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

  /// Maps each value.
  func map<R>(_ transform: (Value) -> R) -> GatedResidualWeights<R> {
    var copy = self
    return copy.mapInPlace { transform($0) }
  }

  /// Maps each value, which may be modified in place.
  mutating func mapInPlace<R>(_ transform: (inout Value) -> R) -> GatedResidualWeights<R> {
    func mapped(_ value: inout Value?) -> R? { value == nil ? nil : transform(&value!) }
    return GatedResidualWeights<R>(
      dilatedWeight: transform(&dilatedWeight), dilatedBias: mapped(&dilatedBias),
      skipWeight: transform(&skipWeight), skipBias: mapped(&skipBias), residualWeight: mapped(&residualWeight),
      residualBias: mapped(&residualBias), featureWeight: mapped(&featureWeight))
  }

  /// The values that are present, in order.
  var all: [Value] {
    [dilatedWeight, skipWeight]
      + [dilatedBias, skipBias, residualWeight, residualBias, featureWeight].compactMap { $0 }
  }
}

extension GatedResidualWeights: Sendable where Value: Sendable {}

/// The input of a backend for a gated residual block.
package struct GatedResidualBlock<S: Scalar>: Sendable {
  /// The geometry of the dilated convolution, R to 2G channels.
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

/// The gradients of a gated residual block; nil where not needed.
package struct GatedResidualGradients<S: Scalar> {
  /// [B, T, R].
  package let input: Tensor<S>?
  /// [B, T, C].
  package let features: Tensor<S>?
  package let weights: GatedResidualWeights<Tensor<S>?>
}

/// The gradients of a gated residual block that are needed.
package struct GatedResidualNeeds: Sendable {
  package let input: Bool
  package let features: Bool
  package let weights: GatedResidualWeights<Bool>

  /// Whether the gradient before the gates is needed, for parameters or inputs before them.
  var gates: Bool {
    input || features || weights.dilatedWeight || weights.dilatedBias == true || weights.featureWeight == true
  }
}

/// A backend with gated residual blocks as fused operators.
package protocol GatedResidualBackend: Sendable {
  /// - Parameters:
  ///   - x: [B, T, R].
  ///   - skip: [B, T, S], the sum to add to, which may be overwritten; nil for the first block.
  func gatedResidualBlock<S>(
    _ x: Tensor<S>, _ block: GatedResidualBlock<S>, skip: consuming Tensor<S>?, in resources: Resources
  ) -> GatedResidualResults<S>
}

/// The results of a gated residual block, and its backward pass.
package struct GatedResidualResults<S: Scalar> {
  /// The gradients of the block's inputs, which may be computed once. Its parameters:
  ///   - the gradient of the sum of skip connections, [B, T, S];
  ///   - that of the next block's input, [B, T, R], which may be overwritten; nil where nothing depends on it;
  ///   - the gradient of the features from later blocks, [B, T, C], to add to; nil where there is none;
  ///   - the gradients that are needed.
  package typealias Backward = (Tensor<S>, consuming Tensor<S>?, consuming Tensor<S>?, GatedResidualNeeds) ->
    GatedResidualGradients<S>

  /// [B, T, R]; nil from the last block.
  package let next: Tensor<S>?
  /// [B, T, S].
  package let skip: Tensor<S>
  /// The backward pass, which retains the activations it needs.
  package let backward: Backward
}
