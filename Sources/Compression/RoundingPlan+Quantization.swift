import KodamaInference
import KodamaLayers

extension RoundingPlan {
  /// Training with the weights of a quantization, as far as they are integers: others stay as they are.
  ///
  /// - Parameters:
  ///   - layers: the paths of the layers that may be quantized.
  ///   - declarations: the parameters of the network.
  public init(_ quantization: Quantization, layers: [String], _ declarations: [ParameterDeclaration]) {
    self.init(quantization.scheme)
    let paths = Set(layers)
    for declaration in declarations where declaration.isLayerWeight {
      let path = declaration.name.split(separator: ".").dropLast().joined(separator: ".")
      let precision = paths.contains(path) ? quantization.precision(of: path) : .float32
      if precision != quantization.scheme {
        self.layers.append(RoundedLayers(declaration.name, precision.hasIntegerInputs ? precision : .float32))
      }
    }
  }
}
