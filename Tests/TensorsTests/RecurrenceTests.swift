import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

@Suite struct RecurrenceTests {
  /// The shapes of a recurrence's inputs, in order: gates, weight, and what the unit has; 2 signals, 3 steps, 3 units.
  private func shapes(_ unit: RecurrentUnit, hasState: Bool) -> [Shape] {
    [[2, 3, unit.gates * 3], [unit.gates * 3, 3]] + (unit == .gru ? [[3]] : [])
      + (unit == .peepholeLSTM ? [[3, 3]] : [])
      + (hasState ? [[2, 3]] + (unit.hasCell ? [[2, 3]] : []) : [])
  }

  private func run(
    _ unit: RecurrentUnit, _ inputs: [Variable<Double>], hasState: Bool, isReversed: Bool
  ) -> (outputs: Variable<Double>, state: RecurrentState<Variable<Double>>) {
    var (gates, others) = (inputs[0], Array(inputs.dropFirst(2)))
    let productBias = unit == .gru ? others.removeFirst() : nil
    let peepholes = unit == .peepholeLSTM ? others.removeFirst() : nil
    let initial = hasState ? RecurrentState(hidden: others[0], cell: unit.hasCell ? others[1] : nil) : nil
    return gates.recurrence(
      unit, weight: inputs[1], productBias: productBias, peepholes: peepholes, initial: initial, isReversed: isReversed)
  }

  @Test(arguments: RecurrentUnit.allCases, [false, true])
  func gradientsAreCentralDifferences(unit: RecurrentUnit, isReversed: Bool) {
    for hasState in [false, true] {
      // Of the outputs, of the final states, and of all of them.
      for parts in [[0], [1], [2], [0, 1, 2]] where unit.hasCell || !parts.contains(2) || parts.count > 1 {
        checkGradients(shapes(unit, hasState: hasState), seed: 3) { tape, inputs in
          let found = run(unit, inputs, hasState: hasState, isReversed: isReversed)
          let results = [found.outputs, found.state.hidden, found.state.cell]
          return .concatenated(parts.compactMap { results[$0]?.reshaped([results[$0]!.value.count]) }, axis: 0)
        }
      }
    }
  }

  @Test func aWeightWithoutAGradientIsLeftOut() {
    let tape = Tape<Double>()
    let x = tape.leaf(Tensor([1, 2, 2], [0.1, 0.2, 0.3, 0.4]))
    var gates = x
    let y = gates.recurrence(.tanh, weight: tape.constant(Tensor([2, 2], [1, 0, 0, 1]))).outputs
    #expect(tape.backward(from: y.sum())[x]?.shape == [1, 2, 2])
  }

  @Test(arguments: RecurrentUnit.allCases) func resultsDoNotDependOnTheThreads(unit: RecurrentUnit) {
    let (batch, time, units) = (7, 20, 19)
    func run(threads: Int) -> [Tensor<Float>] {
      var random = Philox(seed: 4)
      func tensor(_ shape: Shape) -> Tensor<Float> {
        Tensor(shape, (0..<shape.count).map { _ in Float(0.4 * random.normal()) })
      }
      let tape = Tape<Float>(workspace: Workspace(workers: Workers(threads: threads)))
      var leaves = [
        tape.leaf(tensor([batch, time, unit.gates * units])), tape.leaf(tensor([unit.gates * units, units])),
      ]
      if unit == .gru { leaves.append(tape.leaf(tensor([units]))) }
      if unit == .peepholeLSTM { leaves.append(tape.leaf(tensor([3, units]))) }
      var gates = leaves[0]
      let found = gates.recurrence(
        unit, weight: leaves[1], productBias: unit == .gru ? leaves[2] : nil,
        peepholes: unit == .peepholeLSTM ? leaves[2] : nil)
      let gradients = tape.backward(from: (found.outputs * found.outputs).sum())
      return [found.outputs.value, found.state.hidden.value] + leaves.map { gradients[$0]! }
    }
    let one = run(threads: 1)
    for threads in [2, 3, 5, 16] { #expect(run(threads: threads) == one, "\(threads) threads") }
  }

  @Test func whatIsNotANumberStaysInItsSignal() {
    let tape = Tape<Float>()
    let width = 12
    var values = [Float](repeating: 0.5, count: 2 * 3 * width)
    // In the second step of the first signal.
    values[width + 2] = .nan
    for unit in RecurrentUnit.allCases {
      let units = width / unit.gates
      var gates = tape.constant(Tensor([2, 3, width], values))
      let y = gates.recurrence(
        unit, weight: tape.constant(Tensor([width, units], repeating: 0.1)),
        peepholes: unit == .peepholeLSTM ? tape.constant(Tensor([3, units])) : nil
      ).outputs.value.elements
      #expect(
        y[(2 * units)..<(3 * units)].contains { $0.isNaN } && y.suffix(3 * units).allSatisfy(\.isFinite), "\(unit)")
    }
  }

  @Test func wrongShapesAreRefused() async {
    // Gates that are not whole units, no step, a weight of another size.
    for (gates, weight) in [([1, 2, 7], [8, 2]), ([1, 0, 8], [8, 2]), ([1, 2, 8], [8, 3]), ([2, 8], [8, 2])] {
      await #expect(processExitsWith: .failure) { [gates = gates as [Int], weight = weight as [Int]] in
        let tape = Tape<Float>()
        var inputs = tape.constant(Tensor(Shape(gates)))
        _ = inputs.recurrence(.lstm, weight: tape.constant(Tensor(Shape(weight))))
      }
    }
    await #expect(processExitsWith: .failure) {
      let tape = Tape<Float>()
      var inputs = tape.constant(Tensor([1, 2, 8]))
      _ = inputs.recurrence(.peepholeLSTM, weight: tape.constant(Tensor([8, 2])))
    }
    await #expect(processExitsWith: .failure) {
      let tape = Tape<Float>()
      var inputs = tape.constant(Tensor([1, 2, 6]))
      let bias = tape.constant(Tensor([3]))
      _ = inputs.recurrence(.gru, weight: tape.constant(Tensor([6, 2])), productBias: bias)
    }
    await #expect(processExitsWith: .failure) {
      let tape = Tape<Float>()
      var inputs = tape.constant(Tensor([1, 2, 8]))
      // A state without the cell that the LSTM has.
      _ = inputs.recurrence(
        .lstm, weight: tape.constant(Tensor([8, 2])), initial: RecurrentState(hidden: tape.constant(Tensor([1, 2]))))
    }
  }
}
