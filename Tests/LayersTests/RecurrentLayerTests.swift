import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

@Suite struct RecurrentLayerTests {
  private func random<S: Scalar>(_ shape: Shape, seed: UInt64 = 5) -> Tensor<S> {
    var generator = Philox(seed: seed)
    return Tensor(shape, (0..<shape.count).map { _ in S(generator.normal()) })
  }

  @Test func parametersAreThoseOfPyTorch() {
    let layer = RecurrentLayer("r", .lstm, inputs: 3, units: 4, layers: 2, isBidirectional: true)
    let expected: [(String, Shape)] = [
      ("weight_ih_l0", [16, 3]), ("weight_hh_l0", [16, 4]), ("bias_ih_l0", [16]), ("bias_hh_l0", [16]),
      ("weight_ih_l0_reverse", [16, 3]), ("weight_hh_l0_reverse", [16, 4]), ("bias_ih_l0_reverse", [16]),
      ("bias_hh_l0_reverse", [16]), ("weight_ih_l1", [16, 8]), ("weight_hh_l1", [16, 4]), ("bias_ih_l1", [16]),
      ("bias_hh_l1", [16]), ("weight_ih_l1_reverse", [16, 8]), ("weight_hh_l1_reverse", [16, 4]),
      ("bias_ih_l1_reverse", [16]), ("bias_hh_l1_reverse", [16]),
    ]
    #expect(layer.declarations.map(\.name) == expected.map { "r." + $0.0 })
    #expect(layer.declarations.map(\.shape) == expected.map(\.1))
    #expect(layer.declarations.allSatisfy { $0.initializer == .uniform(bound: 0.5) && $0.role == .trained })
    #expect(layer.declarations.filter(\.isMatrix).map(\.shape.rank) == [Int](repeating: 2, count: 8))
    for (unit, rows) in [(RecurrentUnit.tanh, 5), (.relu, 5), (.gru, 15), (.peepholeLSTM, 20)] {
      let layer = RecurrentLayer("r", unit, inputs: 2, units: 5, bias: false, initializer: .constant(1))
      let peepholes = unit == .peepholeLSTM ? [ParameterDeclaration("r.weight_p_l0", [3, 5], .constant(1))] : []
      #expect(
        layer.declarations == [
          ParameterDeclaration("r.weight_ih_l0", [rows, 2], .constant(1), isMatrix: true),
          ParameterDeclaration("r.weight_hh_l0", [rows, 5], .constant(1), isMatrix: true),
        ] + peepholes)
    }
  }

  @Test(arguments: RecurrentUnit.allCases) func twoHalvesWithTheStateCarriedOnAreTheWhole(unit: RecurrentUnit) throws {
    let layer = RecurrentLayer("r", unit, inputs: 3, units: 6, layers: 2)
    let parameters = Parameters<Double>(layer.declarations, seed: 1)
    let (x, projection): (Tensor<Double>, Tensor<Double>) = (random([2, 9, 3]), random([2, 9, 6], seed: 6))
    /// The outputs, and the gradients of their projection, in parts.
    func run(_ ends: [Int], carriesGradients: Bool) -> (
      Tensor<Double>, RecurrentState<Tensor<Double>>, Parameters<Double>
    ) {
      let pass = Pass(parameters, recording: true)
      var (outputs, state, first) = ([Variable<Double>](), RecurrentState<Variable<Double>>?.none, 0)
      for end in ends {
        let part = pass.tape.constant(x).sliced(axis: 1, first..<end)
        let found =
          carriesGradients
          ? layer.forward(part, from: state, pass) : layer.forward(part, carrying: state?.values(), pass)
        outputs.append(found.outputs)
        (state, first) = (found.state, end)
      }
      let y = Variable.concatenated(outputs, axis: 1)
      return (y.value, state!.values(), pass.gradients(of: (y * pass.tape.constant(projection)).sum()))
    }
    let (whole, last, gradients) = run([9], carriesGradients: true)
    for ends in [[4, 9], [1, 2, 9]] {
      let (parts, end, same) = run(ends, carriesGradients: true)
      expectClose(parts, whole, tolerance: 1e-12)
      expectClose(end.hidden, last.hidden, tolerance: 1e-12)
      #expect((end.cell == nil) == (last.cell == nil))
      for name in parameters.names { expectClose(same[name], gradients[name], tolerance: 1e-12, name) }
      // Truncated: the same numbers, other gradients.
      let (truncated, _, fewer) = run(ends, carriesGradients: false)
      #expect(truncated == parts)
      let name = "r.weight_hh_l0"
      #expect(disagreement(fewer[name], gradients[name]).relative > 1e-6)
    }
  }

  @Test func truncatedGradientsAreThoseOfThePartsAlone() {
    let layer = RecurrentLayer("r", .gru, inputs: 2, units: 3)
    let parameters = Parameters<Double>(layer.declarations, seed: 2)
    let (first, second): (Tensor<Double>, Tensor<Double>) = (random([2, 4, 2]), random([2, 5, 2], seed: 6))
    let pass = Pass(parameters, recording: true)
    let state = layer.forward(pass.tape.constant(first), pass).state.values()
    let y = layer.forward(pass.tape.constant(second), carrying: state, pass).outputs
    let gradients = pass.gradients(of: y.sum())
    let alone = Pass(parameters, recording: true)
    let same = layer.forward(alone.tape.constant(second), from: state.constant(on: alone.tape), alone).outputs
    #expect(gradients == alone.gradients(of: same.sum()))
  }

  @Test(arguments: RecurrentUnit.allCases) func theOtherDirectionIsThatOfReversedSignals(unit: RecurrentUnit) {
    let both = RecurrentLayer("r", unit, inputs: 3, units: 4, isBidirectional: true)
    let one = RecurrentLayer("r", unit, inputs: 3, units: 4)
    let parameters = Parameters<Double>(both.declarations, seed: 3)
    let reverse = Parameters<Double>(one.declarations) { parameters[$0 + "_reverse"] }
    let x: Tensor<Double> = random([2, 5, 3])
    func reversed(_ x: Tensor<Double>) -> Tensor<Double> {
      let (time, channels) = (x.shape[1], x.shape[2])
      return Tensor(
        x.shape,
        (0..<x.count).map { index in
          let (row, channel) = index.quotientAndRemainder(dividingBy: channels)
          return x[row / time, time - 1 - row % time, channel]
        })
    }
    func run(_ layer: RecurrentLayer, _ parameters: Parameters<Double>, _ x: Tensor<Double>) -> (
      Variable<Double>, Tensor<Double>
    ) {
      let pass = Pass(parameters)
      let found = layer.forward(pass.tape.constant(x), pass)
      return (found.outputs, found.state.hidden.value)
    }
    let (y, last) = run(both, parameters, x)
    let (forward, forwardLast) = run(one, Parameters(one.declarations) { parameters[$0] }, x)
    let (backward, backwardLast) = run(one, reverse, reversed(x))
    expectClose(y.sliced(axis: 2, 0..<4).value, forward.value, tolerance: 1e-14)
    expectClose(y.sliced(axis: 2, 4..<8).value, reversed(backward.value), tolerance: 1e-14)
    expectClose(last.elements, forwardLast.elements + backwardLast.elements, tolerance: 1e-14)
  }

  @Test func productsAreCounted() {
    for unit in RecurrentUnit.allCases {
      let layer = RecurrentLayer("r", unit, inputs: 7, units: 5, layers: 2, isBidirectional: true)
      let cost = NetworkCost(of: layer.declarations) { pass in
        _ = layer.forward(pass.tape.constant(Tensor([3, 4, 7])), pass)
      }
      let rows = unit.gates * 5
      #expect(cost.multiplyAdds == 3 * 4 * 2 * rows * (7 + 5 + 10 + 5), "\(unit)")
    }
  }

  @Test func wrongSizesAreRefused() async {
    for (inputs, units, layers) in [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)] {
      await #expect(processExitsWith: .failure) {
        [inputs = inputs as Int, units = units as Int, layers = layers as Int] in
        _ = RecurrentLayer("r", .gru, inputs: inputs, units: units, layers: layers)
      }
    }
    // Other inputs, no step, no signal, no axis of time.
    for shape in [[1, 2, 4], [1, 0, 3], [0, 2, 3], [2, 3]] {
      await #expect(processExitsWith: .failure) { [shape = shape as [Int]] in
        let layer = RecurrentLayer("r", .lstm, inputs: 3, units: 2)
        let pass = Pass(Parameters<Float>(layer.declarations, seed: 1))
        _ = layer.forward(pass.tape.constant(Tensor(Shape(shape))), pass)
      }
    }
    // A state of another number of layers, and one without a cell.
    for (layers, hasCell) in [(1, true), (2, false)] {
      await #expect(processExitsWith: .failure) { [layers = layers as Int, hasCell = hasCell as Bool] in
        let layer = RecurrentLayer("r", .lstm, inputs: 3, units: 2, layers: 2)
        let pass = Pass(Parameters<Float>(layer.declarations, seed: 1))
        let values = Tensor<Float>([layers, 1, 2])
        let state = RecurrentState(hidden: values, cell: hasCell ? values : nil)
        _ = layer.forward(pass.tape.constant(Tensor([1, 2, 3])), carrying: state, pass)
      }
    }
  }
}
