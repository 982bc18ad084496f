import AllocationCounter
import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

@Suite struct RecurrentStepperTests {
  private func random<S: Scalar>(_ shape: Shape) -> Tensor<S> {
    var generator = Philox(seed: 7)
    return Tensor(shape, (0..<shape.count).map { _ in S(generator.normal()) })
  }

  private func compare<S: Scalar>(_ type: S.Type, _ layer: RecurrentLayer, streams: Int, tolerance: Double) {
    let parameters = Parameters<S>(layer.declarations, seed: 1)
    let (x, time): (Tensor<S>, Int) = (random([streams, 12, layer.inputs]), 12)
    let pass = Pass(parameters)
    let expected = layer.forward(pass.tape.constant(x), pass)
    var stepper = RecurrentStepper(layer, parameters, streams: streams)
    var outputs: [Variable<S>] = []
    for t in 0..<time {
      let now = pass.tape.constant(x).sliced(axis: 1, t..<t + 1).reshaped([streams, layer.inputs]).value
      if t == 5 {
        // Another stepper goes on from the state.
        var other = RecurrentStepper(layer, parameters, streams: streams)
        other.state = stepper.state
        stepper = other
      }
      outputs.append(pass.tape.constant(stepper.step(now)))
    }
    let what = "\(layer.unit), \(streams) streams, \(layer.units) units, \(S.self)"
    expectClose(Variable.stacked(outputs, axis: 1).value, expected.outputs.value, tolerance: tolerance, what)
    expectClose(stepper.state.hidden, expected.state.hidden.value, tolerance: tolerance, what)
    #expect((stepper.state.cell == nil) == !layer.unit.hasCell)
    if let cell = stepper.state.cell { expectClose(cell, expected.state.cell!.value, tolerance: tolerance, what) }
    // From the start again.
    stepper.reset()
    let first = stepper.step(pass.tape.constant(x).sliced(axis: 1, 0..<1).reshaped([streams, layer.inputs]).value)
    #expect(first == outputs[0].value, "\(what)")
  }

  @Test(arguments: RecurrentUnit.allCases) func stepsAreTheSequence(unit: RecurrentUnit) {
    for (streams, units, layers, bias) in [(1, 6, 1, true), (2, 33, 2, true), (7, 16, 3, false), (1, 150, 1, true)] {
      let layer = RecurrentLayer("r", unit, inputs: 5, units: units, layers: layers, bias: bias)
      compare(Float.self, layer, streams: streams, tolerance: 2e-6)
      compare(Double.self, layer, streams: streams, tolerance: 1e-13)
    }
  }

  @Test func aCopyGoesOnByItself() {
    let layer = RecurrentLayer("r", .lstm, inputs: 1, units: 4)
    var stepper = RecurrentStepper(layer, Parameters<Float>(layer.declarations, seed: 1))
    let x = Tensor<Float>([1, 1], [0.5])
    _ = stepper.step(x)
    let before = stepper.state
    var copy = stepper
    _ = copy.step(x)
    #expect(stepper.state == before && copy.state != before)
    #expect(stepper.step(x) == copy.state.hidden.reshaped([1, 4]))
  }

  @Test(
    .enabled(if: allocations_are_counted() != 0, "allocations are counted with glibc and without sanitizers"),
    .enabled(if: isOptimized, "without optimization the language itself takes memory"),
    arguments: RecurrentUnit.allCases)
  func aStepTakesNoMemory(unit: RecurrentUnit) {
    let layer = RecurrentLayer("r", unit, inputs: 3, units: 20, layers: 2)
    var stepper = RecurrentStepper(layer, Parameters<Float>(layer.declarations, seed: 1), streams: 2)
    let x = [Float](repeating: 0.5, count: 6)
    var y = [Float](repeating: 0, count: 40)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        // What the language's runtime sets up at the first use of a type is not the step's.
        stepper.step(x, y)
        let before = allocations_of_this_thread()
        for _ in 0..<100 { stepper.step(x, y) }
        #expect(allocations_of_this_thread() == before)
      }
    }
    #expect(y.contains { $0 != 0 })
  }

  @Test func whatCannotStepIsRefused() async {
    await #expect(processExitsWith: .failure) {
      let layer = RecurrentLayer("r", .gru, inputs: 2, units: 3, isBidirectional: true)
      _ = RecurrentStepper(layer, Parameters<Float>(layer.declarations, seed: 1))
    }
    await #expect(processExitsWith: .failure) {
      let layer = RecurrentLayer("r", .gru, inputs: 2, units: 3)
      _ = RecurrentStepper(layer, Parameters<Float>(layer.declarations, seed: 1), streams: 0)
    }
    await #expect(processExitsWith: .failure) {
      let layer = RecurrentLayer("r", .gru, inputs: 2, units: 3)
      var stepper = RecurrentStepper(layer, Parameters<Float>(layer.declarations, seed: 1))
      _ = stepper.step(Tensor([1, 3]))
    }
    await #expect(processExitsWith: .failure) {
      let layer = RecurrentLayer("r", .gru, inputs: 2, units: 3)
      var stepper = RecurrentStepper(layer, Parameters<Float>(layer.declarations, seed: 1))
      stepper.state = RecurrentState(hidden: Tensor([1, 2, 3]))
    }
  }
}
