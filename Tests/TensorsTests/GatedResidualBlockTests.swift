import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// The operator at work; `ResidualBlockTests` of WaveNets hold it to the composition of plain operators.
@Suite struct GatedResidualBlockTests {
  private static let (batch, time, residual, gate, skip, channels, taps) = (2, 9, 3, 2, 4, 5, 2)
  private static let names = [
    "dilatedWeight", "skipWeight", "dilatedBias", "skipBias", "residualWeight", "residualBias", "featureWeight",
    "features", "input",
  ]

  /// The gradients of a pass through a block where the named ones are not wanted, by name, and the multiplications
  /// of the backward pass.
  private func run(frozen: Set<String>) -> (gradients: [String: Tensor<CountedNumber>?], multiplications: Int) {
    var generator = Philox(seed: 3)
    let tape = Tape<CountedNumber>()
    func variable(_ name: String, _ shape: Shape) -> Variable<CountedNumber> {
      let tensor = Tensor(shape, (0..<shape.count).map { _ in CountedNumber(generator.normal()) })
      return frozen.contains(name) ? tape.constant(tensor) : tape.leaf(tensor)
    }
    let (r, g, s, c) = (Self.residual, Self.gate, Self.skip, Self.channels)
    let input = variable("input", [Self.batch, Self.time, r])
    let given = variable("features", [Self.batch, Self.time, c])
    let weights = GatedResidualWeights(
      dilatedWeight: variable("dilatedWeight", [2 * g, r, Self.taps]), dilatedBias: variable("dilatedBias", [2 * g]),
      skipWeight: variable("skipWeight", [s, g, 1]), skipBias: variable("skipBias", [s]),
      residualWeight: variable("residualWeight", [r, g, 1]), residualBias: variable("residualBias", [r]),
      featureWeight: variable("featureWeight", [2 * g, c, 1]))
    var (features, sum): (Variable<CountedNumber>?, Variable<CountedNumber>?) = (given, nil)
    let next = input.gatedResidualBlock(
      weights, geometry: ConvolutionGeometry(inputChannels: r, outputChannels: 2 * g, kernelSize: Self.taps),
      residualScale: 1, features: &features, skip: &sum)!
    let loss = next.sum() + sum!.sum()
    var found: Gradients<CountedNumber>?
    let multiplications = CountedNumber.multiplications { found = tape.backward(from: loss) }
    let variables = weights.all + [given, input]
    let gradients = Dictionary(uniqueKeysWithValues: zip(Self.names, variables.map { found![$0] }))
    return (gradients, multiplications)
  }

  /// The multiplications that the gradient of each costs beside those of others; the first tap of a causal convolution
  /// has an output less in each signal.
  private func products(of name: String) -> Int {
    let (rows, r, g) = (Self.batch * Self.time, Self.residual, Self.gate)
    switch name {
    case "dilatedWeight", "input": return (2 * rows - Self.batch) * 2 * g * r
    case "skipWeight": return rows * Self.skip * g
    case "residualWeight": return rows * r * g
    case "featureWeight", "features": return rows * 2 * g * Self.channels
    default: return 0
    }
  }

  @Test(arguments: names) func aFrozenOneCostsNoGradient(name: String) {
    let (all, some) = (run(frozen: []), run(frozen: [name]))
    #expect(some.gradients[name]! == nil && all.gradients[name]! != nil)
    for other in Self.names where other != name {
      #expect(some.gradients[other]! == all.gradients[other]!, "\(other)")
    }
    #expect(all.multiplications - some.multiplications == products(of: name))
  }

  /// Where nothing before the gates wants a gradient, none is computed for them.
  @Test func whatOnlyLeadsToConstantsCostsNothing() {
    let before: Set = ["dilatedWeight", "dilatedBias", "featureWeight", "features", "input"]
    let some = run(frozen: before)
    let rows = Self.batch * Self.time
    // The gates' product, and the products with it.
    #expect(
      some.multiplications == rows * Self.gate + products(of: "skipWeight") + products(of: "residualWeight"))
    #expect(Self.names.allSatisfy { (some.gradients[$0]! == nil) == before.contains($0) })
  }
}
