import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

@Suite struct ParametersTests {
  @Test func addingAParameterLeavesTheOthersBeginnings() {
    let a = ParameterDeclaration("a.weight", [4, 3], .fanIn(3))
    let b = ParameterDeclaration("b.weight", [2], .normal(standardDeviation: 1))
    #expect(Parameters<Float>([a], seed: 9)["a.weight"] == Parameters<Float>([b, a], seed: 9)["a.weight"])
    #expect(Parameters<Float>([a], seed: 9) != Parameters<Float>([a], seed: 10))
  }

  @Test func fanInBoundsTheBeginning() {
    let weight = Parameters<Double>([ParameterDeclaration("w", [1000], .fanIn(16))], seed: 1)["w"].elements
    #expect(weight.nonemptyAllSatisfy { abs($0) <= 0.25 })
    #expect(weight.contains { $0 > 0.2 } && weight.contains { $0 < -0.2 })
  }

  @Test func clippingKeepsTheDirection() {
    var gradients = Parameters<Float>([("a", Tensor([2], [3, 0])), ("b", Tensor([1], [4]))])
    #expect(gradients.clip(norm: 10) == 5)
    #expect(gradients["a"].elements == [3, 0])
    #expect(gradients.clip(norm: 1) == 5)
    #expect(abs(gradients.norm - 1) < 1e-6)
  }

  @Test func aNumberThatIsNotFiniteIsFoundByName() {
    var parameters = Parameters<Float>([("a", Tensor([2], [3, 0])), ("b", Tensor([1], [4]))])
    #expect(parameters.firstNotFinite == nil)
    parameters["b"][0] = .infinity
    #expect(parameters.firstNotFinite == "b")
  }

  @Test func weightNormalizationBeginsWithTheSameWeight() {
    let plain = Convolution("c", ConvolutionGeometry(inputChannels: 3, outputChannels: 4, kernelSize: 2))
    let normalized = Convolution(
      "c", ConvolutionGeometry(inputChannels: 3, outputChannels: 4, kernelSize: 2), weightNormalization: true)
    #expect(plain.declarations.map(\.name) == ["c.weight", "c.bias"])
    #expect(normalized.declarations.map(\.name) == ["c.weight_v", "c.weight_g", "c.bias"])
    let parameters = Parameters<Double>(normalized.declarations, seed: 4)
    expectClose(normalized.weight.tensor(from: parameters), parameters["c.weight_v"], tolerance: 1e-15, floor: 1)
  }
}
