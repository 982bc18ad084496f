import KodamaCore
import KodamaTensors
import TestSupport
import Testing

/// Convolutions of every geometry against their definition, one product at a time, and their gradients.
@Suite struct ConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let input: Shape
    let geometry: ConvolutionGeometry
    var testDescription: String {
      "\(input) to \(geometry.outputChannels) in \(geometry.groups) groups, \(geometry.windows)"
    }

    init(_ input: Shape, _ outputs: Int, groups: Int = 1, _ windows: SlidingWindow...) {
      self.input = input
      geometry = ConvolutionGeometry(
        inputChannels: input.last, outputChannels: outputs, groups: groups, windows: windows)
    }
  }

  static let cases = [
    Case([2, 7, 3], 4, SlidingWindow(1)), Case([2, 7, 3], 4, SlidingWindow(3, padding: .same)),
    Case([2, 9, 2], 3, SlidingWindow(3, stride: 2, dilation: 2, padding: .explicit(before: 1, after: 2))),
    Case([2, 8, 3], 4, SlidingWindow(2, dilation: 3, padding: .causal)),
    Case([1, 5, 4], 6, groups: 2, SlidingWindow(4, stride: 3, padding: .explicit(before: 3, after: 0))),
    Case([2, 4, 5, 3], 4, SlidingWindow(1), SlidingWindow(1)),
    Case([2, 5, 6, 3], 4, SlidingWindow(3, padding: .same), SlidingWindow(3, padding: .same)),
    Case([1, 7, 6, 2], 4, groups: 2, SlidingWindow(3, stride: 2), SlidingWindow(2, stride: 3, padding: .same)),
    Case(
      [1, 6, 7, 1], 3, SlidingWindow(5, stride: 2, padding: .explicit(before: 2, after: 2)),
      SlidingWindow(7, padding: .same)),
    Case([2, 5, 5, 4], 4, groups: 4, SlidingWindow(3, padding: .same), SlidingWindow(3, padding: .same)),
    Case(
      [1, 7, 6, 3], 3, groups: 3, SlidingWindow(3, stride: 2, padding: .same),
      SlidingWindow(3, stride: 2, dilation: 2, padding: .explicit(before: 2, after: 1))),
    Case([1, 4, 4, 2], 4, groups: 2, SlidingWindow(3, padding: .same), SlidingWindow(3, padding: .same)),
    // Enough channels that the gradient of the input goes phase by phase of the strides.
    Case(
      [2, 9, 10, 8], 5, SlidingWindow(3, stride: 2, padding: .explicit(before: 1, after: 1)),
      SlidingWindow(4, stride: 3, dilation: 2, padding: .same)),
    Case([1, 11, 9], 4, SlidingWindow(3, stride: 2, dilation: 2, padding: .explicit(before: 1, after: 2))),
    Case([2, 7, 6, 16], 6, groups: 2, SlidingWindow(2, stride: 3), SlidingWindow(3, stride: 2, padding: .same)),
    Case([1, 13, 8], 3, SlidingWindow(4, stride: 6, dilation: 3, padding: .explicit(before: 5, after: 5))),
    Case([1, 5, 3, 8], 9, SlidingWindow(1, stride: 4), SlidingWindow(1, stride: 5)),
    // Strides over kernels, windows wider than the map, one output.
    Case([1, 7, 2], 2, SlidingWindow(1, stride: 3)), Case([1, 3, 3, 2], 2, SlidingWindow(3), SlidingWindow(3)),
    Case(
      [1, 2, 2, 1], 1, SlidingWindow(4, padding: .explicit(before: 3, after: 3)),
      SlidingWindow(4, padding: .explicit(before: 1, after: 2))),
  ]

  private func random<S: Scalar>(_ shape: Shape, seed: UInt64, as type: S.Type = S.self) -> Tensor<S> {
    var generator = Philox(seed: seed, stream: UInt64(shape.count))
    return Tensor(shape, (0..<shape.count).map { _ in S(generator.normal()) })
  }

  /// The definition.
  private func defined(_ x: Tensor<Double>, _ weight: Tensor<Double>, _ bias: Tensor<Double>, _ g: ConvolutionGeometry)
    -> Tensor<Double>
  {
    let isMap = g.windows.count == 2
    let (rows, columns) = (isMap ? g.windows[0] : SlidingWindow(1), g.windows[isMap ? 1 : 0])
    let (height, width) = (isMap ? x.shape[1] : 1, x.shape[isMap ? 2 : 1])
    let (groupInputs, groupOutputs) = (g.inputChannels / g.groups, g.outputChannels / g.groups)
    let (input, weights) = (x.elements, weight.elements)
    var result: [Double] = []
    for b in 0..<x.shape[0] {
      for oy in 0..<rows.outputLength(height) {
        for ox in 0..<columns.outputLength(width) {
          for o in 0..<g.outputChannels {
            var sum = bias[o]
            for i in 0..<groupInputs {
              for ky in 0..<rows.kernelSize {
                for kx in 0..<columns.kernelSize {
                  let y = oy * rows.stride + ky * rows.dilation - rows.padding(ofLength: height).before
                  let x = ox * columns.stride + kx * columns.dilation - columns.padding(ofLength: width).before
                  guard (0..<height).contains(y) && (0..<width).contains(x) else { continue }
                  let channel = o / groupOutputs * groupInputs + i
                  sum +=
                    weights[((o * groupInputs + i) * rows.kernelSize + ky) * columns.kernelSize + kx]
                    * input[((b * height + y) * width + x) * g.inputChannels + channel]
                }
              }
            }
            result.append(sum)
          }
        }
      }
    }
    return Tensor(g.outputShape(of: x.shape)!, result)
  }

  @Test(arguments: cases) func equalsItsDefinition(_ sample: Case) {
    let g = sample.geometry
    let x = random(sample.input, seed: 1, as: Double.self)
    let (weight, bias) = (
      random(g.weightShape, seed: 2, as: Double.self), random([g.outputChannels], seed: 3, as: Double.self)
    )
    func convolved<S: Scalar>(_ type: S.Type) -> Tensor<S> {
      let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: 2)))
      let (x, w, b) = (x.converted(to: S.self), weight.converted(to: S.self), bias.converted(to: S.self))
      return tape.constant(x).convolution(weight: tape.constant(w), bias: tape.constant(b), geometry: g).value
    }
    let expected = defined(x, weight, bias, g)
    expectClose(convolved(Double.self), expected, tolerance: 1e-14)
    expectClose(convolved(Float.self), expected.converted(to: Float.self), tolerance: 2e-6)
  }

  @Test(arguments: cases) func gradients(_ sample: Case) {
    let g = sample.geometry
    checkGradients([sample.input, g.weightShape, [g.outputChannels]]) { _, x in
      x[0].convolution(weight: x[1], bias: x[2], geometry: g)
    }
    checkGradients([sample.input, g.weightShape]) { _, x in x[0].convolution(weight: x[1], bias: nil, geometry: g) }
  }

  @Test(arguments: cases) func transposedGradients(_ sample: Case) {
    let g = sample.geometry
    let lengths = Array(sample.input.extents[1..<sample.input.rank - 1])
    checkGradients([g.outputShape(of: sample.input)!, g.weightShape, [g.inputChannels]]) { _, x in
      x[0].transposedConvolution(weight: x[1], bias: x[2], geometry: g, lengths: lengths)
    }
  }

  /// Sizes that need several tiles, whole vectors of channels and what is left of them.
  @Test(arguments: [
    Case([3, 40, 37, 16], 24, SlidingWindow(3, padding: .same), SlidingWindow(3, padding: .same)),
    Case(
      [2, 30, 31, 70], 70, groups: 70, SlidingWindow(3, stride: 2, padding: .same), SlidingWindow(3, padding: .same)),
    Case([2, 1500, 64], 32, SlidingWindow(2, dilation: 64, padding: .causal)),
    Case([2, 33, 33, 48], 40, SlidingWindow(1), SlidingWindow(1)),
    Case([1, 64, 50, 1], 20, SlidingWindow(7, stride: 2, padding: .same), SlidingWindow(7, stride: 2, padding: .same)),
  ]) func tilesAndKernels(_ sample: Case) {
    let g = sample.geometry
    func run<S: Scalar>(_ type: S.Type, threads: Int) -> [Tensor<S>] {
      let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: threads)))
      let leaves = [(sample.input, 1), (g.weightShape, 2), ([g.outputChannels], 3)].map { shape, seed in
        tape.leaf(random(shape, seed: UInt64(seed), as: Float.self).converted(to: S.self))
      }
      let y = leaves[0].convolution(weight: leaves[1], bias: leaves[2], geometry: g)
      let projection = random(y.shape, seed: 4, as: Float.self).converted(to: S.self)
      let found = tape.backward(from: (y * tape.constant(projection)).sum())
      return [y.value] + leaves.map { found[$0]! }
    }
    let (single, exact) = (run(Float.self, threads: 1), run(Double.self, threads: 1))
    #expect(run(Float.self, threads: 2) == single, "the same bits on two threads")
    for (a, b) in zip(single, exact) { expectClose(a, b.converted(to: Float.self), tolerance: 1e-5) }
  }

  /// The products of a tap at a time, which causal convolutions take, against patches.
  @Test func aCausalConvolutionIsOneOfManyGeometries() {
    let causal = ConvolutionGeometry(inputChannels: 5, outputChannels: 4, kernelSize: 3, dilation: 7)
    let padded = ConvolutionGeometry(
      inputChannels: 5, outputChannels: 4,
      windows: [SlidingWindow(3, dilation: 7, padding: .explicit(before: 14, after: 0))])
    let (x, weight, bias) = (
      random([2, 600, 5], seed: 1, as: Float.self), random(causal.weightShape, seed: 2, as: Float.self),
      random([4], seed: 3, as: Float.self)
    )
    func run(_ geometry: ConvolutionGeometry) -> [Tensor<Float>] {
      let tape = Tape<Float>()
      let leaves = [x, weight, bias].map(tape.leaf)
      let y = leaves[0].convolution(weight: leaves[1], bias: leaves[2], geometry: geometry)
      let found = tape.backward(from: y.squared().sum())
      return [y.value] + leaves.map { found[$0]! }
    }
    for (a, b) in zip(run(causal), run(padded)) { expectClose(a, b, tolerance: 1e-5) }
  }

  @Test func lengthsAndCosts() {
    #expect(SlidingWindow(3).outputLength(7) == 5 && SlidingWindow(3).outputLength(2) == 0)
    #expect(SlidingWindow(3, stride: 2, padding: .explicit(before: 1, after: 1)).outputLength(224) == 112)
    #expect(SlidingWindow(7, stride: 3, dilation: 2, padding: .same).outputLength(20) == 7)
    #expect(SlidingWindow(4, padding: .same).padding(ofLength: 9) == (before: 1, after: 2))
    #expect(SlidingWindow(2, dilation: 512, padding: .causal).outputLength(10) == 10)
    // H · W · K² · C · M of an ordinary convolution, H · W · C · K² depthwise, H · W · C · M pointwise.
    let same = SlidingWindow(3, padding: .same)
    func cost(_ c: Int, _ m: Int, groups: Int = 1, _ window: SlidingWindow) -> Int {
      ConvolutionGeometry(inputChannels: c, outputChannels: m, groups: groups, windows: [window, window])
        .multiplyAdds(of: [1, 14, 10, c])
    }
    #expect(cost(8, 16, same) == 14 * 10 * 9 * 8 * 16)
    #expect(cost(8, 8, groups: 8, same) == 14 * 10 * 8 * 9)
    #expect(cost(8, 16, SlidingWindow(1)) == 14 * 10 * 8 * 16)
    let large = ConvolutionGeometry(inputChannels: 2, outputChannels: 2, windows: [SlidingWindow(9)])
    #expect(large.outputShape(of: [1, 8, 2]) == nil && large.multiplyAdds(of: [1, 8, 2]) == 0)
  }
}
