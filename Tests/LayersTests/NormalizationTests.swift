import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// What the normalizations promise of each other and of scaled inputs, and their gradients.
@Suite struct NormalizationTests {
  private func random(_ shape: Shape, seed: UInt64 = 1) -> Tensor<Double> {
    var generator = Philox(seed: seed)
    return Tensor(shape, (0..<shape.count).map { _ in 2 * generator.normal() + 0.7 })
  }

  /// Parameters with a weight and a bias that are not those they begin with.
  private func parameters(_ declarations: [ParameterDeclaration]) -> Parameters<Double> {
    Parameters(declarations) { name in
      let declaration = declarations.first { $0.name == name }!
      return name.hasSuffix("running_var")
        ? Tensor(declaration.shape, repeating: 1.5) : random(declaration.shape, seed: UInt64(name.utf8.count))
    }
  }

  private func output(
    _ layer: some Layer, _ x: Tensor<Double>, phase: Phase = .inference,
    _ forward: (Variable<Double>, Pass<Double>) -> Variable<Double>
  ) -> Tensor<Double> {
    let pass = Pass(parameters(layer.declarations), phase: phase)
    return forward(pass.tape.constant(x), pass).value
  }

  @Test func eachNormalizesOverItsOwnAxes() {
    let x = random([3, 4, 5, 6])
    func expectNormalized(_ y: Tensor<Double>, axes: [Int]) {
      let tape = Tape<Double>()
      let y = tape.constant(y)
      let (mean, variance) = (y.mean(axes: axes).value, y.variance(axes: axes).value)
      expectClose(mean, Tensor(mean.shape), tolerance: 1e-12, floor: 1, "mean along \(axes)")
      expectClose(variance, Tensor(variance.shape, repeating: 1), tolerance: 1e-4, "variance along \(axes)")
    }
    let batch = BatchNormalization("n", channels: 6, isAffine: false)
    expectNormalized(output(batch, x, phase: .training(seed: 1)) { batch.forward($0, $1) }, axes: [0, 1, 2])
    let layer = LayerNormalization("n", [6], isAffine: false)
    expectNormalized(output(layer, x) { layer.forward($0, $1) }, axes: [3])
    let instance = GroupNormalization.instance("n", channels: 6)
    expectNormalized(output(instance, x) { instance.forward($0, $1) }, axes: [1, 2])
    let whole = LayerNormalization("n", [4, 5, 6], isAffine: false)
    expectNormalized(output(whole, x) { whole.forward($0, $1) }, axes: [1, 2, 3])
  }

  /// The output, and the gradient of the input where the output is projected to one number.
  private func outputAndGradient(
    _ x: Tensor<Double>, _ layer: some Layer, phase: Phase = .inference,
    _ forward: (Variable<Double>, Pass<Double>) -> Variable<Double>
  ) throws -> [Tensor<Double>] {
    let pass = Pass(parameters(layer.declarations), phase: phase, recording: true)
    let leaf = pass.tape.leaf(x)
    let y = forward(leaf, pass)
    let projection = pass.tape.constant(random(x.shape, seed: 11))
    return [y.value, try #require(pass.tape.backward(from: (y * projection).sum())[leaf])]
  }

  private func expectEqual(_ a: [Tensor<Double>], _ b: [Tensor<Double>]) throws {
    for (a, b) in try paired(a, b) { expectClose(a, b, tolerance: 1e-11) }
  }

  @Test(arguments: [Shape([3, 7, 6]), [2, 4, 3, 6]])
  func groupNormalizationLiesBetweenLayerAndInstanceNormalization(_ shape: Shape) throws {
    let x = random(shape)
    let whole = LayerNormalization("n", Shape(Array(shape.extents.dropFirst())), isAffine: false)
    let one = GroupNormalization("n", groups: 1, channels: 6, isAffine: false)
    try expectEqual(
      outputAndGradient(x, one) { one.forward($0, $1) }, outputAndGradient(x, whole) { whole.forward($0, $1) })
    // Each channel of each sample by itself.
    let each = GroupNormalization("n", groups: 6, channels: 6, isAffine: false)
    let axes = Array(1..<shape.rank - 1)
    try expectEqual(
      outputAndGradient(x, each) { each.forward($0, $1) },
      outputAndGradient(x, each) { x, _ in
        (x - x.mean(axes: axes, keepingAxes: true))
          / (x.variance(axes: axes, keepingAxes: true) + each.epsilon).squareRoot()
      })
  }

  @Test(arguments: [Shape([1, 7, 6]), [1, 4, 3, 6]])
  func instanceNormalizationIsBatchNormalizationOfOneSample(_ shape: Shape) throws {
    let sample = random(shape)
    for isAffine in [false, true] {
      let instance = GroupNormalization.instance("n", channels: 6, isAffine: isAffine)
      let batch = BatchNormalization("n", channels: 6, isAffine: isAffine)
      try expectEqual(
        outputAndGradient(sample, instance) { instance.forward($0, $1) },
        outputAndGradient(sample, batch, phase: .training(seed: 1)) { batch.forward($0, $1) })
    }
  }

  @Test func layerNormalizationSeesNeitherScalesNorShiftsOfWhatCameBefore() {
    let layer = LayerNormalization("n", [6], epsilon: 0)
    let x = random([4, 6])
    let expected = output(layer, x) { layer.forward($0, $1) }
    expectClose(output(layer, x) { layer.forward($0 * 37, $1) }, expected, tolerance: 1e-12, "scaled input")
    // The weights before it, scaled; and shifted by a constant row, which shifts all outputs of a sample alike.
    let (inputs, weight) = (random([4, 3], seed: 2), random([3, 6], seed: 3))
    func through(_ weight: Tensor<Double>) -> Tensor<Double> {
      output(layer, inputs) { x, pass in layer.forward(x.matrixProduct(pass.tape.constant(weight)), pass) }
    }
    var (scaled, shifted) = (weight, weight)
    for i in 0..<3 {
      for j in 0..<6 {
        scaled[i, j] = weight[i, j] * 5
        shifted[i, j] = weight[i, j] + Double(i) - 0.5
      }
    }
    expectClose(through(scaled), through(weight), tolerance: 1e-12, "scaled weights")
    expectClose(through(shifted), through(weight), tolerance: 1e-12, "shifted weights")
    // Over positions too: a scaled map, and a map whose every element is shifted alike.
    let whole = LayerNormalization("n", [3, 4, 6], epsilon: 0)
    let map = random([2, 3, 4, 6], seed: 4)
    let normalized = output(whole, map) { whole.forward($0, $1) }
    expectClose(output(whole, map) { whole.forward($0 * 0.02 + 3, $1) }, normalized, tolerance: 1e-11, "scaled map")
  }

  @Test func frozenBatchNormalizationKeepsItsStatisticsAndUsesThem() {
    let layer = BatchNormalization("n", channels: 2)
    var parameters = Parameters<Double>(layer.declarations, seed: 1)
    parameters["n.running_mean"] = Tensor([2], [1, -1])
    parameters["n.running_var"] = Tensor([2], [4, 0.25])
    let x = Tensor<Double>([1, 3, 2], [3, 0, 1, -1, -1, -2])
    func output(_ parameters: Parameters<Double>, _ phase: Phase) -> (Tensor<Double>, Int) {
      let pass = Pass(parameters, phase: phase)
      let y = layer.forward(pass.tape.constant(x), pass).value
      return (y, pass.stateUpdates.count)
    }
    let expected = output(parameters, .inference)
    #expect(expected.1 == 0)
    let frozen = output(parameters.freezing { $0.hasPrefix("n.") }, .training(seed: 1))
    #expect(frozen.0 == expected.0 && frozen.1 == 0)
    let trained = output(parameters, .training(seed: 1))
    #expect(trained.0 != expected.0 && trained.1 == 2)
  }

  @Test func runningStatisticsAreThoseOfPyTorch() {
    let layer = BatchNormalization("n", channels: 2, momentum: 0.25)
    let x = Tensor<Double>([2, 2, 2], [1, 10, 2, 20, 3, 30, 6, 40])
    let pass = Pass(Parameters<Double>(layer.declarations, seed: 1), phase: .training(seed: 1))
    _ = layer.forward(pass.tape.constant(x), pass)
    // Means 3 and 25; unbiased variances 14/3 and 500/3.
    let (mean, variance) = (pass.stateUpdates["n.running_mean"], pass.stateUpdates["n.running_var"])
    expectClose(mean!, Tensor([2], [0.75, 6.25]), tolerance: 1e-14)
    expectClose(variance!, Tensor([2], [0.75 + 3.5 / 3, 0.75 + 125.0 / 3]), tolerance: 1e-14)
    // In inference the running statistics are used, and stay.
    let inference = Pass(Parameters<Double>(layer.declarations, seed: 1))
    let y = layer.forward(inference.tape.constant(x), inference).value
    expectClose(y, Tensor(x.shape, x.elements.map { $0 / (1 + 1e-5).squareRoot() }), tolerance: 1e-14)
    #expect(inference.stateUpdates.isEmpty)
  }

  @Test func gradients() {
    let (x, shape) = (random([3, 4, 6]), Shape([3, 4, 6]))
    let projection = random(shape, seed: 9)
    func check(
      _ layer: some Layer, phase: Phase, _ forward: @escaping (Variable<Double>, Pass<Double>) -> Variable<Double>
    ) {
      // The input is a parameter too, so that its gradient is checked with the others.
      let declarations = layer.declarations + [ParameterDeclaration("x", shape, .constant(0))]
      var values = Parameters<Double>(declarations) { $0 == "x" ? x : parameters(layer.declarations)[$0] }
      func loss(_ parameters: Parameters<Double>) -> (Pass<Double>, Variable<Double>) {
        let pass = Pass(parameters, phase: phase, recording: true)
        let y = forward(pass.parameter("x"), pass)
        return (pass, (y * pass.tape.constant(projection)).sum())
      }
      let (pass, value) = loss(values)
      let gradients = pass.gradients(of: value)
      for declaration in declarations where declaration.role == .trained {
        let expected = (0..<declaration.shape.count).map { index in
          let sides = [1e-5, -1e-5].map { step in
            let before = values[declaration.name]
            defer { values[declaration.name] = before }
            var changed = before
            changed.changeElements { $0[index] += step }
            values[declaration.name] = changed
            return loss(values).1.value.item
          }
          return (sides[0] - sides[1]) / 2e-5
        }
        expectClose(
          gradients[declaration.name], Tensor(declaration.shape, expected), tolerance: 1e-6, floor: 1e-3,
          "\(type(of: layer)): \(declaration.name)")
      }
    }
    let batch = BatchNormalization("n", channels: 6)
    check(batch, phase: .training(seed: 1)) { batch.forward($0, $1) }
    check(batch, phase: .inference) { batch.forward($0, $1) }
    let layer = LayerNormalization("n", [4, 6])
    check(layer, phase: .inference) { layer.forward($0, $1) }
    let group = GroupNormalization("n", groups: 3, channels: 6)
    check(group, phase: .inference) { group.forward($0, $1) }
    let instance = GroupNormalization.instance("n", channels: 6, isAffine: true)
    check(instance, phase: .inference) { instance.forward($0, $1) }
    let rms = RMSNormalization("n", [6])
    check(rms, phase: .inference) { rms.forward($0, $1) }
  }
}
