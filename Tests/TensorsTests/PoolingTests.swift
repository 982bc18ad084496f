import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Pooling against its definition, one window at a time, and its gradients.
@Suite struct PoolingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let input: Shape
    let geometry: PoolingGeometry
    var testDescription: String { "\(geometry.kind) of \(input), \(geometry.windows)" }
  }

  static let cases: [Case] = [
    PoolingGeometry.Kind.maximum, .average(countingPadding: true), .average(countingPadding: false),
  ].flatMap { kind in
    [
      (Shape([2, 7, 3]), [SlidingWindow(2, stride: 2)]),
      ([1, 9, 70], [SlidingWindow(3, stride: 2, padding: .explicit(before: 1, after: 1))]),
      ([2, 8, 2], [SlidingWindow(3, dilation: 2, padding: .causal)]), ([1, 10, 2], [SlidingWindow(2, stride: 5)]),
      ([2, 5, 6, 3], [SlidingWindow(2, stride: 2), SlidingWindow(2, stride: 2)]),
      (
        [1, 7, 5, 2],
        [
          SlidingWindow(3, stride: 2, padding: .explicit(before: 1, after: 1)),
          SlidingWindow(4, dilation: 1, padding: .same),
        ]
      ),
      ([1, 3, 4, 2], [SlidingWindow(3), SlidingWindow(4)]),
    ].map { Case(input: $0, geometry: PoolingGeometry(kind, windows: $1)) }
  }

  private func random(_ shape: Shape) -> Tensor<Double> {
    var generator = Philox(seed: 5)
    return Tensor(shape, (0..<shape.count).map { _ in generator.normal() })
  }

  /// The definition.
  private func defined(_ x: Tensor<Double>, _ g: PoolingGeometry) -> Tensor<Double> {
    let isMap = g.windows.count == 2
    let (rows, columns) = (isMap ? g.windows[0] : SlidingWindow(1), g.windows[isMap ? 1 : 0])
    let (height, width, channels) = (isMap ? x.shape[1] : 1, x.shape[-2], x.shape.last)
    let input = x.elements
    var result: [Double] = []
    for b in 0..<x.shape[0] {
      for oy in 0..<rows.outputLength(height) {
        for ox in 0..<columns.outputLength(width) {
          for c in 0..<channels {
            var seen: [Double] = []
            for ky in 0..<rows.kernelSize {
              for kx in 0..<columns.kernelSize {
                let y = oy * rows.stride + ky * rows.dilation - rows.padding(ofLength: height).before
                let x = ox * columns.stride + kx * columns.dilation - columns.padding(ofLength: width).before
                guard (0..<height).contains(y) && (0..<width).contains(x) else { continue }
                seen.append(input[((b * height + y) * width + x) * channels + c])
              }
            }
            switch g.kind {
            case .maximum: result.append(seen.max()!)
            case .average(let countsPadding):
              let count = countsPadding ? rows.kernelSize * columns.kernelSize : seen.count
              result.append(seen.reduce(0, +) / Double(count))
            }
          }
        }
      }
    }
    return Tensor(g.outputShape(of: x.shape)!, result)
  }

  @Test(arguments: cases) func equalsItsDefinition(_ sample: Case) {
    let x = random(sample.input)
    let expected = defined(x, sample.geometry)
    expectClose(Tape<Double>().constant(x).pooled(sample.geometry).value, expected, tolerance: 1e-14)
    func run(threads: Int) -> Tensor<Float> {
      let tape = Tape<Float>(workspace: Workspace(workers: Workers(threads: threads)))
      return tape.constant(x.converted(to: Float.self)).pooled(sample.geometry).value
    }
    expectClose(run(threads: 1), expected.converted(to: Float.self), tolerance: 1e-6)
    #expect(run(threads: 2) == run(threads: 1))
  }

  @Test(arguments: cases) func gradients(_ sample: Case) {
    checkGradients([sample.input]) { _, x in x[0].pooled(sample.geometry) }
  }

  @Test(arguments: [Shape([2, 5, 3]), [2, 3, 4, 2]]) func globalPooling(_ shape: Shape) throws {
    checkGradients([shape]) { _, x in x[0].globalAverage() }
    checkGradients([shape]) { _, x in x[0].globalMaximum() }
    // One window as large as the input.
    let windows = shape.extents[1..<shape.rank - 1].map { SlidingWindow($0) }
    let x = Tape<Double>().constant(random(shape))
    let average = x.pooled(PoolingGeometry(.average(countingPadding: true), windows: windows)).value
    let flat: Shape = [shape[0], shape.last]
    expectClose(x.globalAverage().value, average.reshaped(flat), tolerance: 1e-14)
    #expect(x.globalMaximum().value == x.pooled(PoolingGeometry(.maximum, windows: windows)).value.reshaped(flat))
  }

  @Test func theFirstOfEqualLargestElementsHasTheGradient() {
    let tape = Tape<Float>()
    let x = tape.leaf(Tensor([1, 4, 1], [3, 3, -1, -1]))
    let pooling = PoolingGeometry(.maximum, windows: [SlidingWindow(2, stride: 2)])
    let found = tape.backward(from: (x.pooled(pooling) * tape.constant(Tensor([1, 2, 1], [5, 7]))).sum())
    #expect(found[x] == Tensor([1, 4, 1], [5, 0, 7, 0]))
  }

  @Test func whatIsNoNumberIsTheLargest() {
    let pooling = PoolingGeometry(.maximum, windows: [SlidingWindow(2)])
    for elements: [Float] in [[.nan, 1], [1, .nan]] {
      #expect(Tape<Float>().constant(Tensor([1, 2, 1], elements)).pooled(pooling).value.item.isNaN)
    }
  }
}

/// Windows that give no output are refused with all lengths.
@Suite struct GeometryRefusalTests {
  @Test func theReasonNamesEveryLength() {
    let windows = [SlidingWindow(3, dilation: 4), SlidingWindow(7, stride: 2, padding: .explicit(before: 1, after: 2))]
    let reason = windows.refusal(of: "a convolution", input: [2, 8, 3, 5])
    #expect(
      reason == """
        a convolution gives no output of an input of shape [2, 8, 3, 5]: axis 1 of length 8, 8 with padding, under a \
        kernel that spans 9 (kernel 3, stride 1, dilation 4, padding 0 + 0): 0 outputs; axis 2 of length 3, 6 with \
        padding, under a kernel that spans 7 (kernel 7, stride 2, dilation 1, padding 1 + 2): 0 outputs; give at least \
        9 along axis 1, 4 along axis 2, or take smaller kernels, less dilation or more padding
        """)
  }

  @Test func theReasonNamesTheLengthsThatWouldDo() throws {
    let windows = [SlidingWindow(3, dilation: 4), SlidingWindow(7, stride: 2, padding: .explicit(before: 1, after: 2))]
    let convolution = ConvolutionGeometry(inputChannels: 5, outputChannels: 6, windows: windows)
    #expect(try convolution.validatedOutputShape(of: [2, 9, 4, 5]) == [2, 1, 1, 6])
    // One along each axis is too short, which is all that is said of the other.
    for input: Shape in [[2, 8, 4, 5], [2, 9, 3, 5], [2, 0, 4, 5], [2, 9, 0, 5]] {
      #expect(throws: GeometryFault.noOutput(operation: "a convolution", input: input, windows: windows)) {
        try convolution.validatedOutputShape(of: input)
      }
      #expect(throws: GeometryFault.noOutput(operation: "a pooling", input: input, windows: windows)) {
        try PoolingGeometry(.maximum, windows: windows).validatedOutputShape(of: input)
      }
    }
  }

  @Test func otherRanksAndChannelsAreRefused() {
    let geometry = ConvolutionGeometry(inputChannels: 2, outputChannels: 2, windows: [SlidingWindow(1)])
    for input: Shape in [[1, 8, 3], [1, 8, 8, 2], [8, 2]] {
      #expect(throws: GeometryFault.otherInput(operation: "a convolution", input: input, axes: 1, channels: 2)) {
        try geometry.validatedOutputShape(of: input)
      }
    }
    let fault = GeometryFault.otherInput(operation: "a pooling", input: [1, 8, 2], axes: 2, channels: nil)
    #expect(throws: fault) {
      try PoolingGeometry(.maximum, windows: [SlidingWindow(1), SlidingWindow(1)]).validatedOutputShape(of: [1, 8, 2])
    }
    #expect(fault.description == "a pooling cannot take an input of shape [1, 8, 2]; give a map [B, H, W, C]")
    #expect(fault.exitStatus == .badData)
  }

  @Test func windowsOnPaddingAloneAreRefused() throws {
    func pooling(_ windows: SlidingWindow...) -> PoolingGeometry { PoolingGeometry(.maximum, windows: windows) }
    func half(_ kernel: Int, _ padding: Int) -> SlidingWindow {
      SlidingWindow(kernel, padding: .explicit(before: padding, after: padding))
    }
    // Half the kernel is what a window may have on either side.
    #expect(try pooling(half(2, 1)).validatedOutputShape(of: [1, 4, 1]) == [1, 5, 1])
    #expect(try pooling(half(1, 0), half(3, 1)).validatedOutputShape(of: [1, 4, 4, 1]) == [1, 4, 4, 1])
    let fault = GeometryFault.onlyPadding(operation: "a pooling", input: [1, 4, 1], windows: [half(2, 2)])
    #expect(throws: fault) { try pooling(half(2, 2)).validatedOutputShape(of: [1, 4, 1]) }
    #expect(throws: GeometryFault.self) { try pooling(half(1, 0), half(2, 2)).validatedOutputShape(of: [1, 4, 4, 1]) }
    // The taps of a dilated window are on both sides of a single element.
    let dilated = SlidingWindow(2, dilation: 2, padding: .explicit(before: 1, after: 1))
    #expect(throws: GeometryFault.self) { try pooling(dilated).validatedOutputShape(of: [1, 1, 1]) }
    #expect(
      fault.description == """
        a pooling has windows beside the elements of an input of shape [1, 4, 1]: axis 1 of length 4, 8 with padding, \
        under a kernel that spans 2 (kernel 2, stride 1, dilation 1, padding 2 + 2): 7 outputs, some of padding alone; \
        take less padding, at most half of what the kernel spans, or give a longer input
        """)
  }

  @Test func noOutputHasNoShape() {
    for window in [SlidingWindow(9), SlidingWindow(3, dilation: 4), SlidingWindow(2, stride: 3, dilation: 8)] {
      let convolution = ConvolutionGeometry(inputChannels: 1, outputChannels: 1, windows: [window])
      #expect(convolution.outputShape(of: [1, 8, 1]) == nil)
      #expect(PoolingGeometry(.maximum, windows: [window]).outputShape(of: [1, 8, 1]) == nil)
    }
    for padding in [SlidingWindow.Padding.same, .causal, .explicit(before: 3, after: 3)] {
      let window = SlidingWindow(3, stride: 2, padding: padding)
      #expect(window.outputLength(0) == 0 && window.outputLength(-1) == 0 && window.outputLength(1) > 0)
    }
  }

  @Test func aConvolutionIsRefused() async {
    // Ordinary, causal of an empty signal, depthwise.
    for (length, groups, isCausal) in [(2, 1, false), (0, 1, true), (2, 2, false)] {
      await #expect(processExitsWith: .failure) {
        [length = length as Int, groups = groups as Int, isCausal = isCausal as Bool] in
        let window = SlidingWindow(3, padding: isCausal ? .causal : .explicit(before: 0, after: 0))
        let geometry = ConvolutionGeometry(inputChannels: 2, outputChannels: 2, groups: groups, windows: [window])
        let tape = Tape<Float>()
        _ = tape.constant(Tensor([1, length, 2])).convolution(
          weight: tape.constant(Tensor(geometry.weightShape)), bias: nil, geometry: geometry)
      }
    }
  }

  @Test func aTransposedConvolutionIsRefused() async {
    // Nothing left of the output, and a length that the convolution does not bring back.
    for lengths in [[-2], [0], [9]] {
      await #expect(processExitsWith: .failure) { [lengths = lengths as [Int]] in
        let window = SlidingWindow(2, padding: .explicit(before: 2, after: 2))
        let geometry = ConvolutionGeometry(inputChannels: 1, outputChannels: 1, windows: [window])
        let tape = Tape<Float>()
        _ = tape.constant(Tensor([1, 1, 1])).transposedConvolution(
          weight: tape.constant(Tensor(geometry.weightShape)), bias: nil, geometry: geometry, lengths: lengths)
      }
    }
  }

  @Test func aPoolingIsRefused() async {
    // Too short, and a window that lies in the padding alone.
    for (length, kernel, padding) in [(2, 3, 0), (4, 2, 2)] {
      await #expect(processExitsWith: .failure) {
        [length = length as Int, kernel = kernel as Int, padding = padding as Int] in
        let window = SlidingWindow(kernel, padding: .explicit(before: padding, after: 0))
        _ = Tape<Float>().constant(Tensor([1, length, 1])).pooled(PoolingGeometry(.maximum, windows: [window]))
      }
    }
    await #expect(processExitsWith: .failure) {
      _ = Tape<Float>().constant(Tensor([1, 0, 1])).globalMaximum()
    }
  }
}
