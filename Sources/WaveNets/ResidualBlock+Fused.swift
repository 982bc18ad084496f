import KodamaLayers
import KodamaTensors

extension ResidualBlock {
  /// The block as one operator.
  func fused<S: Scalar>(
    _ x: inout Variable<S>?, skip sum: inout Variable<S>?, _ conditioning: inout ConditioningInput<S>,
    _ pass: Pass<S>
  ) {
    guard let input = x else { preconditionFailure("block \(index) has no input") }
    var dilatedBias = dilated.bias(in: pass)
    // What is the same at all steps of a signal is a bias of its own for each signal.
    if let offsets = labelOffsets(conditioning.labels, pass) {
      dilatedBias = dilatedBias.map { offsets + $0 } ?? offsets
    }
    let weights = GatedResidualWeights(
      dilatedWeight: dilated.weight.variable(in: pass), dilatedBias: dilatedBias,
      skipWeight: skip.weight.variable(in: pass), skipBias: skip.bias(in: pass),
      residualWeight: residual?.weight.variable(in: pass), residualBias: residual?.bias(in: pass) ?? nil,
      featureWeight: features?.weight.variable(in: pass))
    x = input.gatedResidualBlock(
      weights, geometry: dilated.geometry, residualScale: S(residualScale), features: &conditioning.features,
      skip: &sum)
  }
}
