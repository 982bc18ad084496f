import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// The kernels of residual stacks in each instruction set against plain loops in double precision.
@Suite struct ResidualStackKernelTests {
  /// Numbers in memory, with canaries after them.
  private final class Memory<S: Scalar> {
    let base: UnsafeMutablePointer<S>
    private let count: Int
    private static var canary: S { 12345 }

    init(_ count: Int, _ values: [Float]? = nil) {
      self.count = count
      base = .allocate(capacity: count + 16)
      for index in 0..<count { base[index] = S(values?[index] ?? 0) }
      (base + count).update(repeating: Self.canary, count: 16)
    }

    deinit { base.deallocate() }

    var isIntact: Bool { (count..<count + 16).allSatisfy { base[$0] == Self.canary } }
    var values: [Double] { (0..<count).map { Double(base[$0]) } }
  }

  private static let (frames, stride) = (96, 16 + 96 + 64)

  /// The results of a pass over two ranges of frames: forward all rows, backward the gradients.
  private func run<S: Scalar>(
    _ primitives: ResidualStackPrimitives<S>, channels: Int, gates: Int, taps: Int, dilation: Int,
    _ activation: ResidualStackActivation, isZero: Bool
  ) -> (results: [[Double]], isIntact: Bool) {
    let (stride, frames, conditions) = (Self.stride, Self.frames, 2)
    var random = Philox(seed: UInt64(channels * 100 + gates * 10 + taps))
    func numbers(_ count: Int) -> [Float] { (0..<count).map { _ in Float(random.normal()) * 0.4 } }
    func tensor(_ shape: Shape) -> Tensor<S> { Tensor(shape, numbers(shape.count).map { S($0) }) }
    let weights = ResidualStackLayer(
      taps: taps, dilation: dilation, activation: activation, weight: tensor([gates, channels, taps]),
      bias: tensor([gates]), conditionWeight: tensor([gates, conditions, 1]),
      pointwiseWeight: tensor([channels, gates, 1]), pointwiseBias: tensor([channels]))
    let packed = primitives.packed(weights)
    let (input, condition) = (
      Memory<S>(channels * stride, numbers(channels * stride)),
      Memory<S>(conditions * stride, numbers(conditions * stride))
    )
    let (gate, output) = (Memory<S>(gates * stride), Memory<S>(channels * stride))
    let sum = Memory<S>(gates * stride, numbers(gates * stride))
    let layer = ResidualLayerRows(
      channels: channels, gates: gates, conditions: conditions, taps: taps, dilation: dilation, activation: activation,
      frames: frames, stride: stride, input: UnsafePointer(input.base + 16),
      condition: UnsafePointer(condition.base + 16), gate: gate.base + 16, weights: packed.map { $0.region.base })
    for (range, begins) in [(32..<80, true), (80..<96, true), (48..<96, false)] {
      primitives.forward(
        layer,
        ResidualLayerOutputs(frames: range, output: output.base + 16, sum: sum.base + 16, begins: begins))
    }
    let forward = [gate, output, sum].map(\.values)
    // The gates that are not outputs of the backward pass are 0.
    for row in 0..<gates { (gate.base + row * stride + 16 + 32).update(repeating: 0, count: 16) }
    let chunk = 64
    let next = isZero ? Array(repeating: 0, count: channels * chunk) : numbers(channels * chunk)
    let (dy, dz) = (Memory<S>(channels * chunk, next), Memory<S>(gates * chunk, numbers(gates * chunk)))
    let sums = weights.map { Memory<S>($0.count) }
    primitives.backward(
      layer,
      ResidualLayerGradients(
        first: 32, chunk: chunk, frames: 48..<96, inputBegin: 32, output: dy.base, isZero: isZero,
        sum: UnsafePointer(dz.base), sums: sums.map(\.base)))
    withExtendedLifetime(packed) {}
    let memories = [input, condition, gate, output, sum, dy] + sums.all
    return (forward + ([gate, dy] + sums.all).map(\.values), memories.allSatisfy(\.isIntact))
  }

  @Test(arguments: InstructionSet.available, [1, 2, 3, 4, 5, 6, 7, 8, 11, 16])
  func eachIsNearPlainLoops(instructions: InstructionSet, channels: Int) {
    let float = FloatResidualStackPrimitives(instructions)
    for (gates, taps, dilation, activation, isZero) in [
      (channels, 3, 2, ResidualStackActivation.tanh, false), (channels % 5 + 1, 2, 5, .leakyReLU(slope: 0.01), false),
      (channels + 1, 1, 1, .tanh, true), (channels, 6, 3, .leakyReLU(slope: 0), true),
    ] {
      let found = run(
        float, channels: channels, gates: gates, taps: taps, dilation: dilation, activation, isZero: isZero)
      let expected = run(
        ResidualStackPrimitives<Double>(), channels: channels, gates: gates, taps: taps, dilation: dilation,
        activation, isZero: isZero)
      #expect(found.isIntact && expected.isIntact)
      #expect(found.results.count == expected.results.count)
      for (x, y) in zip(found.results, expected.results) {
        expectClose(x, y, tolerance: 1e-5, floor: 1, "\(channels) to \(gates) channels, \(taps) taps")
      }
    }
  }
}
