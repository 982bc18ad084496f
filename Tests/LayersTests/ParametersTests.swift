import Foundation
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

  /// A table of waves has rows of unit mean square, of which neighbors are nearly equal and distant ones are not.
  @Test func wavesMakeNeighborsAlike() {
    let (rows, columns) = (256, 400)
    let declaration = ParameterDeclaration("table", [rows, columns], .waves(cycles: 0.5))
    let table = Parameters<Double>([declaration], seed: 3)["table"].elements
    func product(_ a: Int, _ b: Int) -> Double {
      (0..<columns).reduce(0.0) { $0 + table[a * columns + $1] * table[b * columns + $1] } / Double(columns)
    }
    // The kernel of the distance d: exp(−(2π · cycles · d)² / 2), where the rows span 2.
    for distance in [0, 1, 16, 64, 128] {
      let first = (rows - distance) / 2
      let expected = exp(-0.5 * pow(Double.pi * 2 * Double(distance) / Double(rows), 2))
      let found = product(first, first + distance)
      #expect(abs(found - expected) < 0.15, "rows \(distance) apart: \(found), expected \(expected)")
    }
    #expect(abs(product(100, 101) - product(100, 100)) < 0.01)
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
