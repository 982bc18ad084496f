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

/// Two blocks in a row, of which the second is a last one: both with features, the second with a bias for each signal.
private struct BlockPair {
  let batch = 2
  let residual: Int
  let gate: Int
  let skip: Int
  let channels: Int
  /// The standard deviation of weights.
  var spread = 1.0
  private let scale = 0.7

  private var geometries: [ConvolutionGeometry] {
    [(2, 1), (3, 4)].map { taps, dilation in
      ConvolutionGeometry(inputChannels: residual, outputChannels: 2 * gate, kernelSize: taps, dilation: dilation)
    }
  }

  static let names = [
    "input", "features", "0.dilatedWeight", "0.dilatedBias", "0.skipWeight", "0.skipBias", "0.residualWeight",
    "0.residualBias", "0.featureWeight", "1.dilatedWeight", "1.dilatedBias", "1.skipWeight", "1.skipBias",
    "1.featureWeight",
  ]

  func shapes(time: Int) -> [Shape] {
    let (b, r, g, s, c) = (batch, residual, gate, skip, channels)
    return [
      [b, time, r], [b, time, c], geometries[0].weightShape, [2 * g], [s, g, 1], [s], [r, g, 1], [r], [2 * g, c, 1],
      geometries[1].weightShape, [b, 1, 2 * g], [s, g, 1], [s], [2 * g, c, 1],
    ]
  }

  /// The sum of the skip connections [B, T, S], of variables in the order of the names.
  func output<S: Scalar>(_ variables: [Variable<S>], fused: Bool) -> Variable<S> {
    let v = Dictionary(uniqueKeysWithValues: zip(Self.names, variables))
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

  private func composed<S: Scalar>(
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
  func run<S: Scalar>(
    _ type: S.Type, fused: Bool = true, frozen: Set<String> = [], time: Int, products: ProductPrecision = .full,
    threads: Int = 2
  ) -> (output: Tensor<S>, gradients: [Tensor<S>?]) {
    var generator = Philox(seed: 11)
    func random(_ shape: Shape) -> Tensor<S> { Tensor(shape, (0..<shape.count).map { _ in S(generator.normal()) }) }
    let workspace = Workspace(workers: Workers(threads: threads), backend: ProcessorBackend(products: products))
    let tape = Tape<S>(workspace: workspace)
    let variables = zip(Self.names, shapes(time: time)).map { name, shape in
      var tensor = random(shape)
      if name.hasSuffix("Weight") { tensor.changeElements { $0 = $0.map { $0 * S(spread) } } }
      return frozen.contains(name) ? tape.constant(tensor) : tape.leaf(tensor)
    }
    let output = output(variables, fused: fused)
    let value = output.value
    let found = tape.backward(from: (output * tape.constant(random(value.shape))).sum())
    return (value, variables.map { found[$0] })
  }

}

/// Against the composition of plain operators.
@Suite struct GatedResidualStackTests {
  private let blocks = BlockPair(residual: 3, gate: 4, skip: 5, channels: 3)

  /// Nothing, everything alone, what comes before the second block, the second block, and what features come through.
  private static let frozen: [Set<String>] =
    [[]] + BlockPair.names.map { [$0] }
    + [
      Set(BlockPair.names.filter { $0.hasPrefix("0.") } + ["input", "features"]),
      Set(BlockPair.names.filter { $0.hasPrefix("1.") }),
      Set(BlockPair.names.filter { $0.hasSuffix("eatures") || $0.hasSuffix("featureWeight") }),
      Set(BlockPair.names.filter { $0 != "0.residualBias" }),
    ]

  @Test(arguments: frozen) func equalsTheComposition(frozen: Set<String>) throws {
    // Longer than a block of time steps.
    try compare(Float.self, frozen: frozen, time: 700, tolerance: 1e-5)
    try compare(Double.self, frozen: frozen, time: 40, tolerance: 1e-12)
  }

  private func compare<S: Scalar>(_ type: S.Type, frozen: Set<String>, time: Int, tolerance: Double) throws {
    let (fused, composed) = (
      blocks.run(type, frozen: frozen, time: time), blocks.run(type, fused: false, frozen: frozen, time: time)
    )
    expectClose(fused.output, composed.output, tolerance: tolerance, "output")
    for (name, pair) in zip(BlockPair.names, try paired(fused.gradients, composed.gradients)) {
      #expect((pair.0 == nil) == frozen.contains(name) && (pair.1 == nil) == frozen.contains(name), "\(name)")
      if let a = pair.0, let b = pair.1 { expectClose(a, b, tolerance: tolerance, name) }
    }
  }

  @Test func gradientsEqualCentralDifferences() {
    checkGradients(blocks.shapes(time: 6)) { _, x in blocks.output(x, fused: true) }
  }
}

/// With products that are rounded to bfloat16.
@Suite struct RoundedResidualBlockTests {
  private let blocks = BlockPair(residual: 16, gate: 16, skip: 32, channels: 16, spread: 0.2)
  /// Longer than a block of time steps, in parts that are no multiples of a vector.
  private let time = 701

  /// The Euclidean norm of a difference, as a share of that of the second.
  private func distance<A: Scalar, B: Scalar>(_ a: Tensor<A>, _ b: Tensor<B>) -> Double {
    #expect(a.shape == b.shape)
    var (difference, size) = (0.0, 0.0)
    for (x, y) in zip(a.elements, b.elements) {
      difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
      size += Double(y) * Double(y)
    }
    return (difference / size).squareRoot()
  }

  /// Kernels against plain loops with sums in double precision. Numbers that lie between two of bfloat16 are rounded one
  /// way in the one and the other in the other where their sums differ in the last bits, and so differ a little more.
  @Test func kernelsGiveWhatPlainLoopsDo() throws {
    let (fast, plain) = (
      blocks.run(Float.self, time: time, products: .bfloat16), blocks.run(Double.self, time: time, products: .bfloat16)
    )
    #expect(distance(fast.output, plain.output) < 2e-4)
    for (name, pair) in zip(BlockPair.names, try paired(fast.gradients, plain.gradients)) {
      #expect(distance(try #require(pair.0), try #require(pair.1)) < 5e-4, "\(name)")
    }
  }

  /// Rounded factors have errors of at most 1 in 256: results differ from those of full precision by less than a
  /// hundredth, and by more than rounding in single precision.
  @Test func resultsAreNearThoseOfFullPrecision() throws {
    let (rounded, full) = (
      blocks.run(Double.self, time: time, products: .bfloat16), blocks.run(Double.self, time: time)
    )
    #expect((1e-4..<1e-2).contains(distance(rounded.output, full.output)))
    for (name, pair) in zip(BlockPair.names, try paired(rounded.gradients, full.gradients)) {
      let found = distance(try #require(pair.0), try #require(pair.1))
      // The gradients of these biases are sums without products.
      let isExact = name.hasSuffix("skipBias")
      #expect(isExact ? found == 0 : (1e-4..<2e-2).contains(found), "\(name): \(found)")
    }
  }

  @Test func theSameBitsWhateverTheThreads() throws {
    let (one, three) = (
      blocks.run(Float.self, time: time, products: .bfloat16, threads: 1),
      blocks.run(Float.self, time: time, products: .bfloat16, threads: 3)
    )
    #expect(one.output == three.output && one.gradients == three.gradients)
  }

  /// What is not needed is left out, and the rest stays as it is.
  @Test(arguments: BlockPair.names) func aFrozenOneHasNoGradient(name: String) throws {
    let (all, some) = (
      blocks.run(Float.self, time: 40, products: .bfloat16),
      blocks.run(Float.self, frozen: [name], time: 40, products: .bfloat16)
    )
    #expect(all.output == some.output)
    for (other, pair) in zip(BlockPair.names, try paired(all.gradients, some.gradients)) {
      #expect(pair.1 == (other == name ? nil : pair.0), "\(other)")
    }
  }

  /// Channels that fill no vectors are multiplied in full precision.
  @Test func otherChannelsStayInFullPrecision() {
    let narrow = BlockPair(residual: 16, gate: 16, skip: 20, channels: 16, spread: 0.2)
    let (rounded, full) = (
      narrow.run(Float.self, time: 40, products: .bfloat16), narrow.run(Float.self, time: 40)
    )
    #expect(rounded.output == full.output && rounded.gradients == full.gradients)
  }

  /// Convolutions outside of blocks, as in the head.
  @Test func convolutionsAreRounded() throws {
    for geometry in [
      ConvolutionGeometry(inputChannels: 32, outputChannels: 48),
      ConvolutionGeometry(inputChannels: 16, outputChannels: 32, kernelSize: 3, dilation: 5),
    ] {
      let shapes: [Shape] = [[2, time, geometry.inputChannels], geometry.weightShape, [geometry.outputChannels]]
      func run<S: Scalar>(_ type: S.Type, _ products: ProductPrecision) -> [Tensor<S>] {
        var generator = Philox(seed: 5)
        func random(_ shape: Shape) -> Tensor<S> {
          Tensor(shape, (0..<shape.count).map { _ in S(generator.normal()) })
        }
        let backend = ProcessorBackend(products: products)
        let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: 2), backend: backend))
        let variables = shapes.map { tape.leaf(random($0)) }
        let output = variables[0].convolution(weight: variables[1], bias: variables[2], geometry: geometry)
        let value = output.value
        let found = tape.backward(from: (output * tape.constant(random(value.shape))).sum())
        return [value] + variables.map { found[$0]! }
      }
      let (fast, plain, full) = (
        run(Float.self, .bfloat16), run(Double.self, .bfloat16), run(Double.self, .full)
      )
      for (index, found) in fast.enumerated() {
        #expect(distance(found, plain[index]) < 1e-5, "\(index)")
        // The gradient of the bias is a sum without products.
        let difference = distance(plain[index], full[index])
        #expect(index == 3 ? difference == 0 : (1e-4..<1e-2).contains(difference), "\(index): \(difference)")
      }
    }
  }
}
