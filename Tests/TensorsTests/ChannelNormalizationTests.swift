import KodamaCore
import TestSupport
import Testing

@testable import KodamaTensors

/// Batch normalization as one operator, and its affine transform.
@Suite struct ChannelNormalizationTests {
  private func random(_ shape: Shape, seed: UInt64) -> Tensor<Double> {
    var random = Philox(seed: seed)
    return Tensor(shape, (0..<shape.count).map { _ in 3 + random.normal() })
  }

  @Test(arguments: [[4, 3], [2, 5, 3], [2, 3, 2, 4]] as [Shape]) func gradientsAreThoseOfTheFormula(_ shape: Shape) {
    let channels: Shape = [shape.last]
    checkGradients([shape, channels, channels]) { _, inputs in
      inputs[0].batchNormalized(weight: inputs[1], bias: inputs[2], epsilon: 0.01).output
    }
    checkGradients([shape]) { _, inputs in
      inputs[0].batchNormalized(weight: nil, bias: nil, epsilon: 0.01).output
    }
    // Limits that leave some elements inside and some outside.
    checkGradients([shape, channels, channels]) { _, inputs in
      inputs[0].batchNormalized(weight: inputs[1], bias: inputs[2], epsilon: 0.01, limits: -0.3...0.7).output
    }
    checkGradients([shape, channels, channels]) { _, inputs in
      inputs[0].transformed(scale: inputs[1], shift: inputs[2])
    }
  }

  @Test(arguments: [[4, 3], [2, 700, 3], [2, 30, 40, 70]] as [Shape]) func theResultIsThatOfTheComposedOperators(
    _ shape: Shape
  ) {
    let (x, weight, bias) = (random(shape, seed: 1), random([shape.last], seed: 2), random([shape.last], seed: 3))
    let tape = Tape<Double>(recording: false)
    let (input, w, b) = (tape.constant(x), tape.constant(weight), tape.constant(bias))
    let composed = input.standardized(axes: Array(0..<shape.rank - 1), epsilon: 1e-5)
    let fused = input.batchNormalized(weight: w, bias: b, epsilon: 1e-5)
    expectClose(fused.output.value, (composed.output * w + b).value, tolerance: 1e-10, floor: 1, "normalized")
    expectClose(
      fused.moments.mean, composed.moments.mean.reshaped([shape.last]), tolerance: 1e-12, floor: 1, "means")
    expectClose(
      fused.moments.variance, composed.moments.variance.reshaped([shape.last]), tolerance: 1e-12, floor: 1,
      "variances")
    #expect(fused.moments.count == shape.count / shape.last)
    let limited = input.batchNormalized(weight: w, bias: b, epsilon: 1e-5, limits: 0...2)
    #expect(limited.output.value == fused.output.clamped(to: 0...2).value)
  }

  @Test func theBitsDoNotDependOnThreads() {
    let x = random([3, 60, 50, 24], seed: 4).converted(to: Float.self)
    func results(_ threads: Int) -> [Tensor<Float>] {
      let tape = Tape<Float>(workspace: Workspace(workers: Workers(threads: threads)))
      let leaves = [tape.leaf(x), tape.leaf(Tensor([24], repeating: 1.5)), tape.leaf(Tensor([24], repeating: 0.5))]
      let output = leaves[0].batchNormalized(weight: leaves[1], bias: leaves[2], epsilon: 1e-5).output
      let gradients = tape.backward(from: output.squared().power(1.5).sum())
      return [output.value] + leaves.compactMap { gradients[$0] }
    }
    let one = results(1)
    #expect(one.count == 4)
    for threads in [2, 3, 5] { #expect(results(threads) == one) }
  }
}
