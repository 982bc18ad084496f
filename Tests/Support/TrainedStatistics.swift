import KodamaCore
import KodamaLayers
import KodamaTensors

extension Parameters<Float> {
  /// Weights as they are declared, with vectors as a trained network has them: factors around 1, shifts and means around
  /// 0, variances from 0.5 to 1.5.
  public static func asTrained(_ declarations: [ParameterDeclaration], seed: UInt64 = 3) -> Parameters<Float> {
    var parameters = Parameters<Float>(declarations, seed: seed)
    var random = Philox(seed: seed + 1)
    for declaration in declarations where declaration.shape.rank == 1 {
      let isVariance = declaration.name.hasSuffix("running_var")
      let values = (0..<declaration.shape.count).map { _ in
        Float(
          isVariance
            ? 0.5 + random.uniform()
            : declaration.name.hasSuffix("weight") ? 0.8 + 0.4 * random.uniform() : 0.3 * random.normal())
      }
      parameters[declaration.name] = Tensor(declaration.shape, values)
    }
    return parameters
  }
}
