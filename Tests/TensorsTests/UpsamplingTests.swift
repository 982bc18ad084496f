import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@Suite struct UpsamplingTests {
  private func tensor<S: Scalar>(_ shape: Shape, seed: UInt64 = 8) -> Tensor<S> {
    var random = Philox(seed: seed)
    return Tensor(shape, (0..<shape.count).map { _ in S(random.normal()) })
  }

  /// Every input's kernel laid down where the input stands.
  private func definition(
    _ x: Tensor<Double>, _ kernel: Tensor<Double>, factor: Int, padding: Int, outputs: Range<Int>
  ) -> Tensor<Double> {
    let (batch, inputs, channels) = (x.shape[0], x.shape[1], x.shape[2])
    var y = Tensor<Double>([batch, outputs.count, channels])
    for b in 0..<batch {
      for c in 0..<channels {
        for k in 0..<inputs {
          for i in 0..<kernel.shape[2] where outputs.contains(k * factor + i - padding) {
            y[b, k * factor + i - padding - outputs.lowerBound, c] += kernel[c, 0, i] * x[b, k, c]
          }
        }
      }
    }
    return y
  }

  @Test(arguments: [
    // inputs, factor, places of the kernel, padding, outputs
    (20, 64, 128, 32, 0..<1280), (20, 64, 128, 32, 40..<1111), (9, 3, 6, 1, 0..<29), (7, 5, 3, 0, 0..<40),
    (6, 1, 1, 0, 2..<5), (5, 2, 9, 4, 0..<11),
  ])
  func equalsItsDefinition(inputs: Int, factor: Int, places: Int, padding: Int, outputs: Range<Int>) {
    let (x, kernel): (Tensor<Double>, Tensor<Double>) = (tensor([2, inputs, 5]), tensor([5, 1, places], seed: 9))
    let tape = Tape<Double>(workspace: Workspace(workers: Workers(threads: 2)))
    let y = tape.constant(x).upsampled(
      by: factor, kernel: tape.constant(kernel), padding: padding, outputs: outputs)
    let expected = definition(x, kernel, factor: factor, padding: padding, outputs: outputs)
    expectClose(y.value, expected, tolerance: 1e-14)
  }

  @Test func theSameBitsWhateverTheThreadsAndTheOutputsAskedFor() {
    let (x, kernel): (Tensor<Float>, Tensor<Float>) = (tensor([3, 100, 6]), tensor([6, 1, 32], seed: 9))
    func run(_ threads: Int, _ outputs: Range<Int>) -> (value: Tensor<Float>, gradients: [Tensor<Float>]) {
      let tape = Tape<Float>(workspace: Workspace(workers: Workers(threads: threads)))
      let leaves = [x, kernel].map(tape.leaf)
      let y = leaves[0].upsampled(by: 16, kernel: leaves[1], padding: 8, outputs: outputs)
      let gradients = tape.backward(from: (y * y).sum())
      return (y.value, leaves.map { gradients[$0]! })
    }
    let whole = run(1, 0..<1600)
    for threads in [2, 5] {
      let other = run(threads, 0..<1600)
      #expect(other.value == whole.value && other.gradients == whole.gradients)
    }
    let part = run(2, 700..<801).value
    for signal in 0..<3 {
      let expected = whole.value.elements[(signal * 1600 + 700) * 6..<(signal * 1600 + 801) * 6]
      #expect(Array(part.elements[signal * 606..<(signal + 1) * 606]) == Array(expected))
    }
  }
}
