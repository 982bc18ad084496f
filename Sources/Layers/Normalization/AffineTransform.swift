import KodamaTensors

/// What normalization layers end with: y = weight · x + bias with a number of each for every channel.
///
/// - Parameters in checkpoints: `<path>.weight`, initially 1, and `<path>.bias`, initially 0; none where it is left out.
struct AffineTransform: Sendable, Equatable {
  let declarations: [ParameterDeclaration]

  /// - Parameters:
  ///   - shape: that of the weight and the bias.
  ///   - hasWeight: false for the identity.
  init(_ path: String, _ shape: Shape, hasWeight: Bool, hasBias: Bool) {
    declarations =
      (hasWeight ? [ParameterDeclaration(path + ".weight", shape, .constant(1))] : [])
      + (hasWeight && hasBias ? [ParameterDeclaration(path + ".bias", shape, .constant(0))] : [])
  }

  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    guard let weight = declarations.first else { return x }
    let scaled = x * pass.parameter(weight.name)
    return declarations.count < 2 ? scaled : scaled + pass.parameter(declarations[1].name)
  }
}
