import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

@Suite struct ConvolutionLayerTests {
  private func output(_ layer: some Layer, _ input: Shape, _ forward: (Variable<Float>, Pass<Float>) -> Variable<Float>)
    -> Tensor<Float>
  {
    var generator = Philox(seed: 3)
    let pass = Pass(Parameters<Float>(layer.declarations, seed: 1))
    return forward(
      pass.tape.constant(Tensor(input, (0..<input.count).map { _ in Float(generator.normal()) })), pass
    ).value
  }

  @Test func aSeparableConvolutionIsAnOrdinaryOneOfProducts() {
    let windows = [SlidingWindow(3, padding: .same), SlidingWindow(3, padding: .same)]
    let layer = SeparableConvolution("s", inputChannels: 4, outputChannels: 6, windows: windows, bias: false)
    #expect(layer.declarations.map(\.name) == ["s.depthwise.weight", "s.pointwise.weight"])
    #expect(layer.declarations.map(\.shape) == [[4, 1, 3, 3], [6, 4, 1, 1]])
    let parameters = Parameters<Float>(layer.declarations, seed: 1)
    let (kernels, mixing) = (parameters["s.depthwise.weight"], parameters["s.pointwise.weight"])
    let ordinary = Convolution(
      "o", ConvolutionGeometry(inputChannels: 4, outputChannels: 6, windows: windows), bias: false)
    let (kernelNumbers, factors) = (kernels.elements, mixing.elements)
    let numbers = (0..<6 * 4 * 9).map { (index: Int) -> Float in
      let (pair, tap) = index.quotientAndRemainder(dividingBy: 9)
      return factors[pair] * kernelNumbers[pair % 4 * 9 + tap]
    }
    let products = Parameters<Float>(ordinary.declarations) { _ in Tensor([6, 4, 3, 3], numbers) }
    var generator = Philox(seed: 3)
    let x = Tensor<Float>([2, 5, 6, 4], (0..<240).map { _ in Float(generator.normal()) })
    let (a, b) = (Pass(parameters), Pass(products))
    expectClose(
      layer.forward(a.tape.constant(x), a).value, ordinary.forward(b.tape.constant(x), b).value, tolerance: 1e-5)
  }

  @Test func aTransposedConvolutionHasItsLengths() {
    for (stride, kernel, padding, extra) in [(2, 4, 1, 0), (3, 5, 1, 2), (4, 3, 0, 3), (1, 3, 1, 0)] {
      let window = SlidingWindow(kernel, stride: stride, padding: .explicit(before: padding, after: padding))
      let layer = TransposedConvolution(
        "t", inputChannels: 3, outputChannels: 2, windows: [window], outputPadding: [extra])
      #expect(layer.declarations.map(\.shape) == [[3, 2, kernel], [2]])
      let y = output(layer, [2, 7, 3]) { (x, pass) in layer.forward(x, pass) }
      #expect(y.shape == [2, 6 * stride - 2 * padding + kernel + extra, 2])
    }
  }
}
