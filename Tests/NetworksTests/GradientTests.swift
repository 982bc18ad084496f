import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaNetworks

/// Gradients against central differences in double precision, along a random direction for each parameter.
@Suite struct GradientTests {
  @Test(arguments: Examples.all.keys.sorted(), [Phase.inference, .training(seed: 1)])
  func gradientsEqualCentralDifferences(_ name: String, _ phase: Phase) throws {
    let network = try #require(Examples.all[name])
    try check(network, phase, "\(name), \(phase)")
  }

  /// Its module, and an auxiliary classifier.
  @Test func gradientsOfInceptionEqualCentralDifferences() {
    let module = InceptionModule("m", inputs: 3, .init(2, 2, 3, 1, 2, 2))
    let declarations = module.declarations + [ParameterDeclaration("x", [2, 5, 4, 3], .constant(0))]
    check(declarations, .training(seed: 1), "module") { module.forward($0.parameter("x"), $0) }
    let auxiliary = AuxiliaryClassifier("a", inputs: 2, heads: Examples.heads, dropout: 0)
    check(
      auxiliary.declarations + [ParameterDeclaration("x", [2, 5, 3, 2], .constant(0))], .training(seed: 1), "auxiliary"
    ) { pass in .concatenated(auxiliary.logits(pass.parameter("x"), pass), axis: 1) }
  }

  private func check(_ network: some ClassificationNetwork, _ phase: Phase, _ what: String) throws {
    let input = ParameterDeclaration("x", [3, 10, 13, 2], .constant(0))
    try network.validate(map: input.shape)
    check(network.declarations + [input], phase, what) { pass in
      .concatenated(network.outputs(pass.parameter("x"), pass).logits, axis: 1)
    }
  }

  private func check(
    _ declarations: [ParameterDeclaration], _ phase: Phase, _ what: String,
    _ forward: (Pass<Double>) -> Variable<Double>
  ) {
    var (parameters, random) = (Parameters<Double>(declarations, seed: 3), Philox(seed: 11))
    for declaration in declarations where declaration.shape.rank == 1 || declaration.name == "x" {
      let isPositive = declaration.name.hasSuffix("running_var") || declaration.name.hasSuffix("weight")
      parameters[declaration.name] = Tensor(
        declaration.shape,
        (0..<declaration.shape.count).map { _ in isPositive ? 0.5 + random.uniform() : random.normal() })
    }
    func loss(_ parameters: Parameters<Double>) -> (Variable<Double>, Pass<Double>) {
      let pass = Pass(parameters, phase: phase, recording: true)
      let y = forward(pass)
      return ((y * pass.tape.constant(Examples.map(y.shape))).sum(), pass)
    }
    let (value, pass) = loss(parameters)
    let gradients = pass.gradients(of: value)
    let step = 1e-6
    var (slopes, products) = ([Double](), [Double]())
    for declaration in declarations where declaration.role == .trained {
      let direction = (0..<declaration.shape.count).map { _ in random.normal() }
      func value(_ step: Double) -> Double {
        var moved = parameters
        let elements = parameters[declaration.name].elements
        moved[declaration.name] = Tensor(declaration.shape, zip(elements, direction).map { $0 + step * $1 })
        return loss(moved).0.value.item
      }
      slopes.append((value(step) - value(-step)) / (2 * step))
      products.append(zip(gradients[declaration.name].elements, direction).reduce(0) { $0 + $1.0 * $1.1 })
    }
    let largest = products.reduce(0) { max($0, $1.magnitude) }
    for (index, declaration) in declarations.filter({ $0.role == .trained }).enumerated() {
      expectClose(
        [products[index]], [slopes[index]], tolerance: 1e-5, floor: 1e-2 * largest, "\(what): \(declaration.name)")
    }
  }
}
