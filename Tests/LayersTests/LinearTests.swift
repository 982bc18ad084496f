import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@Suite struct LinearTests {
  @Test func outputsAreProductsOfRowsWithTheWeight() {
    let layer = Linear("l", inputs: 3, outputs: 2)
    let weight = Tensor<Double>([2, 3], [1, 2, 3, -1, 0, 0.5])
    let parameters = Parameters([("l.weight", weight), ("l.bias", Tensor([2], [10, 20]))])
    let x = Tensor<Double>([2, 2, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 2])
    let pass = Pass(parameters, recording: true)
    let leaf = pass.tape.leaf(x)
    let y = layer.forward(leaf, pass)
    expectClose(y.value, Tensor([2, 2, 2], [11, 19, 12, 20, 13, 20.5, 19, 20]), tolerance: 1e-15)
    let factors = Tensor<Double>([2, 2, 2], [1, 0, 0, 1, 1, 1, 2, -1])
    let gradients = pass.gradients(of: (y * pass.tape.constant(factors)).sum())
    // Σ over rows of the factor and the row.
    expectClose(gradients["l.weight"], Tensor([2, 3], [3, 2, 5, -1, 0, -1]), tolerance: 1e-15)
    expectClose(gradients["l.bias"], Tensor([2], [4, 1]), tolerance: 1e-15)
  }

  @Test func parametersAreThoseOfPyTorch() {
    let layer = Linear("l", inputs: 4, outputs: 2)
    #expect(layer.declarations.map(\.name) == ["l.weight", "l.bias"])
    #expect(layer.declarations.map(\.shape) == [[2, 4], [2]])
    #expect(layer.declarations.allSatisfy { $0.initializer == .uniform(bound: 0.5) })
    #expect(layer.declarations[0].isMatrix && !layer.declarations[1].isMatrix)
    let head = Linear(
      "l", inputs: 4, outputs: 2, bias: false, isOutput: true, initializer: .normal(standardDeviation: 0.01))
    let weight = ParameterDeclaration(
      "l.weight", [2, 4], .normal(standardDeviation: 0.01), isLayerWeight: true)
    #expect(head.declarations == [weight] && !weight.isMatrix)
  }

  @Test func theProductIsCounted() {
    let layer = Linear("l", inputs: 7, outputs: 5)
    let cost = NetworkCost(of: layer.declarations) { pass in
      _ = layer.forward(pass.tape.constant(Tensor([3, 7])), pass)
    }
    #expect(cost.multiplyAdds == 3 * 7 * 5 && cost.parameters == 40)
  }

  @Test func activationsAreTheirFormulas() {
    let tape = Tape<Double>()
    let x = tape.constant(Tensor([5], [-1, 0, 2, 6, 7]))
    #expect(Activation.relu.forward(x).value.elements == [0, 0, 2, 6, 7])
    #expect(Activation.relu6.forward(x).value.elements == [0, 0, 2, 6, 6])
    #expect(Activation.silu.forward(x).value.elements == x.silu().value.elements)
  }
}
