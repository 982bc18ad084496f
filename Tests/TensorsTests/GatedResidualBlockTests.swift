import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// The operator at work.
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

/// Two blocks in a row, of which the second is a last one, against the composition of plain operators: both with
/// features, the second with a bias for each signal.
@Suite struct GatedResidualStackTests {
  private static let (batch, residual, gate, skip, channels) = (2, 3, 4, 5, 3)
  private static let geometries = [(2, 1), (3, 4)].map { taps, dilation in
    ConvolutionGeometry(inputChannels: residual, outputChannels: 2 * gate, kernelSize: taps, dilation: dilation)
  }
  private static let scale = 0.7

  private static let names = [
    "input", "features", "0.dilatedWeight", "0.dilatedBias", "0.skipWeight", "0.skipBias", "0.residualWeight",
    "0.residualBias", "0.featureWeight", "1.dilatedWeight", "1.dilatedBias", "1.skipWeight", "1.skipBias",
    "1.featureWeight",
  ]

  private static func shapes(time: Int) -> [Shape] {
    let (b, r, g, s, c) = (batch, residual, gate, skip, channels)
    return [
      [b, time, r], [b, time, c], geometries[0].weightShape, [2 * g], [s, g, 1], [s], [r, g, 1], [r], [2 * g, c, 1],
      geometries[1].weightShape, [b, 1, 2 * g], [s, g, 1], [s], [2 * g, c, 1],
    ]
  }

  /// The sum of the skip connections [B, T, S], of variables in the order of the names.
  private static func output<S: Scalar>(_ variables: [Variable<S>], fused: Bool) -> Variable<S> {
    let v = Dictionary(uniqueKeysWithValues: zip(names, variables))
    var (x, features, sum): (Variable<S>?, Variable<S>?, Variable<S>?) = (v["input"], v["features"], nil)
    for (index, geometry) in geometries.enumerated() {
      let weights = GatedResidualWeights(
        dilatedWeight: v["\(index).dilatedWeight"]!, dilatedBias: v["\(index).dilatedBias"],
        skipWeight: v["\(index).skipWeight"]!, skipBias: v["\(index).skipBias"],
        residualWeight: v["\(index).residualWeight"], residualBias: v["\(index).residualBias"],
        featureWeight: v["\(index).featureWeight"])
      x =
        fused
        ? x!.gatedResidualBlock(
          weights, geometry: geometry, residualScale: S(scale), features: &features, skip: &sum)
        : composed(x!, weights, geometry, features!, skip: &sum)
    }
    #expect(x == nil)
    return sum!
  }

  private static func composed<S: Scalar>(
    _ x: Variable<S>, _ weights: GatedResidualWeights<Variable<S>>, _ geometry: ConvolutionGeometry,
    _ features: Variable<S>, skip sum: inout Variable<S>?
  ) -> Variable<S>? {
    func pointwise(_ x: Variable<S>, _ weight: Variable<S>, _ bias: Variable<S>?) -> Variable<S> {
      x.convolution(
        weight: weight, bias: bias,
        geometry: ConvolutionGeometry(inputChannels: weight.shape[1], outputChannels: weight.shape[0]))
    }
    let gates =
      x.convolution(weight: weights.dilatedWeight, bias: nil, geometry: geometry) + weights.dilatedBias!
      + pointwise(features, weights.featureWeight!, nil)
    let gated = gates.gated()
    let skipped = pointwise(gated, weights.skipWeight, weights.skipBias)
    sum = sum.map { $0 + skipped } ?? skipped
    return weights.residualWeight.map { (x + pointwise(gated, $0, weights.residualBias)) * S(scale) }
  }

  /// The output, and the gradients of its projection to one number, by name.
  private func run<S: Scalar>(
    _ type: S.Type, fused: Bool, frozen: Set<String>, time: Int
  ) -> (output: Tensor<S>, gradients: [Tensor<S>?]) {
    var generator = Philox(seed: 11)
    func random(_ shape: Shape) -> Tensor<S> { Tensor(shape, (0..<shape.count).map { _ in S(generator.normal()) }) }
    let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: 2)))
    let variables = zip(Self.names, Self.shapes(time: time)).map { name, shape in
      frozen.contains(name) ? tape.constant(random(shape)) : tape.leaf(random(shape))
    }
    let output = Self.output(variables, fused: fused)
    let value = output.value
    let found = tape.backward(from: (output * tape.constant(random(value.shape))).sum())
    return (value, variables.map { found[$0] })
  }

  /// Nothing, everything alone, what comes before the second block, the second block, and what features come through.
  private static let frozen: [Set<String>] =
    [[]] + names.map { [$0] }
    + [
      Set(names.filter { $0.hasPrefix("0.") } + ["input", "features"]), Set(names.filter { $0.hasPrefix("1.") }),
      Set(names.filter { $0.hasSuffix("eatures") || $0.hasSuffix("featureWeight") }),
      Set(names.filter { $0 != "0.residualBias" }),
    ]

  @Test(arguments: frozen) func equalsTheComposition(frozen: Set<String>) throws {
    // Longer than a block of time steps.
    try compare(Float.self, frozen: frozen, time: 700, tolerance: 1e-5)
    try compare(Double.self, frozen: frozen, time: 40, tolerance: 1e-12)
  }

  private func compare<S: Scalar>(_ type: S.Type, frozen: Set<String>, time: Int, tolerance: Double) throws {
    let (fused, composed) = (
      run(type, fused: true, frozen: frozen, time: time), run(type, fused: false, frozen: frozen, time: time)
    )
    expectClose(fused.output, composed.output, tolerance: tolerance, "output")
    for (name, pair) in zip(Self.names, try paired(fused.gradients, composed.gradients)) {
      #expect((pair.0 == nil) == frozen.contains(name) && (pair.1 == nil) == frozen.contains(name), "\(name)")
      if let a = pair.0, let b = pair.1 { expectClose(a, b, tolerance: tolerance, name) }
    }
  }

  @Test func gradientsEqualCentralDifferences() {
    checkGradients(Self.shapes(time: 6)) { _, x in Self.output(x, fused: true) }
  }
}
