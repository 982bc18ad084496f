import KodamaLayers
import KodamaReinforcement
import KodamaTensors
import TestSupport
import Testing

/// The gradient of a loss in a pass, of all parameters in order of their names.
func gradients(
  _ parameters: Parameters<Double>, _ loss: (Pass<Double>) -> Variable<Double>
) -> Parameters<Double> {
  let pass = Pass(parameters, phase: .inference, recording: true)
  return pass.gradients(of: loss(pass))
}

/// The elements of all parameters, in order of declaration.
func flattened(_ parameters: Parameters<Double>) -> [Double] { parameters.names.flatMap { parameters[$0].elements } }

/// The derivatives of a number by all parameters, by central differences.
func centralDifferences(
  _ parameters: Parameters<Double>, step: Double = 1e-5, _ number: (Parameters<Double>) throws -> Double
) rethrows -> [Double] {
  try parameters.names.flatMap { name in
    try parameters[name].elements.indices.map { index in
      let sides = try [step, -step].map { change in
        var changed = parameters
        var tensor = changed[name]
        tensor.changeElements { $0[index] += change }
        changed[name] = tensor
        return try number(changed)
      }
      return (sides[0] - sides[1]) / (2 * step)
    }
  }
}

/// Expects the gradient of a loss to be that of central differences.
func expectGradients(
  _ parameters: Parameters<Double>, tolerance: Double = 1e-6, _ what: String = "gradients",
  sourceLocation: SourceLocation = #_sourceLocation, _ loss: (Pass<Double>) -> Variable<Double>
) {
  let expected = centralDifferences(parameters) { loss(Pass($0)).value.item }
  expectClose(
    flattened(gradients(parameters, loss)), expected, tolerance: tolerance, floor: 1e-3, what,
    sourceLocation: sourceLocation)
}
