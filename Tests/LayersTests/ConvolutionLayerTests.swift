import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

@Suite struct ConvolutionLayerTests {
  /// What is said of an input before it is computed is what comes of it, or why nothing would.
  @Test func layersSayWhatShapeTheirOutputHas() throws {
    let windows = [
      SlidingWindow(3, stride: 2, padding: .explicit(before: 1, after: 0)), SlidingWindow(4, dilation: 2),
    ]
    let plain = Convolution("c", ConvolutionGeometry(inputChannels: 3, outputChannels: 5, windows: windows))
    let separable = SeparableConvolution("s", inputChannels: 3, outputChannels: 5, windows: windows)
    let pooling = Pooling.sliding(PoolingGeometry(.average(countingPadding: false), windows: windows))
    let transposed = TransposedConvolution(
      "t", inputChannels: 3, outputChannels: 5,
      windows: windows.map { SlidingWindow($0.kernelSize, stride: 2, padding: .explicit(before: 2, after: 2)) },
      outputPadding: [1, 0])
    for input: Shape in [[2, 6, 9, 3], [1, 2, 7, 3]] {
      #expect(try plain.outputShape(of: input) == output(plain, input) { plain.forward($0, $1) }.shape)
      #expect(try separable.outputShape(of: input) == output(separable, input) { separable.forward($0, $1) }.shape)
      #expect(try pooling.outputShape(of: input) == output(pooling, input) { pooling.forward($0, $1) }.shape)
      #expect(try transposed.outputShape(of: input) == output(transposed, input) { transposed.forward($0, $1) }.shape)
      for global in [Pooling.globalAverage, .globalMaximum] {
        #expect(try global.outputShape(of: input) == output(global, input) { global.forward($0, $1) }.shape)
      }
    }
    for input: Shape in [[1, 1, 7, 3], [1, 2, 6, 3], [1, 0, 7, 3]] {
      #expect(throws: GeometryFault.noOutput(operation: "a convolution", input: input, windows: windows)) {
        try plain.outputShape(of: input)
      }
      #expect(throws: GeometryFault.noOutput(operation: "a convolution", input: input, windows: windows)) {
        try separable.outputShape(of: input)
      }
      #expect(throws: GeometryFault.noOutput(operation: "a pooling", input: input, windows: windows)) {
        try pooling.outputShape(of: input)
      }
    }
    #expect(throws: GeometryFault.self) { try Pooling.globalMaximum.outputShape(of: [1, 0, 7, 3]) }
    #expect(throws: GeometryFault.self) { try Pooling.globalMaximum.outputShape(of: [1, 3]) }
    #expect(throws: GeometryFault.otherInput(operation: "a convolution", input: [1, 9, 3], axes: 2, channels: 3)) {
      try plain.outputShape(of: [1, 9, 3])
    }
  }

  @Test func aTransposedConvolutionNamesEveryLength() {
    let window = SlidingWindow(2, stride: 3, dilation: 2, padding: .explicit(before: 2, after: 1))
    let layer = TransposedConvolution(
      "t", inputChannels: 3, outputChannels: 2, windows: [window], outputPadding: [0])
    #expect(
      throws: GeometryFault.otherInput(
        operation: "a transposed convolution", input: [1, 4, 2], axes: 1, channels: 3)
    ) { try layer.outputShape(of: [1, 4, 2]) }
    for length in [0, 1] {
      do {
        let shape = try layer.outputShape(of: [1, length, 3])
        Issue.record("an output of shape \(shape)")
      } catch {
        #expect(
          error.description == """
            a transposed convolution leaves no output of an input of shape [1, \(length), 3]: axis 1 of length \(length) \
            under a kernel that spans 3 (kernel 2, stride 3, dilation 2, padding 2 + 1, output padding 0): 0 outputs; \
            give a longer input, or take less padding or larger kernels
            """)
      }
    }
  }

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
