import Foundation
import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@Suite struct OperatorGradientTests {
  @Test func arithmetic() {
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] + x[1] }
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] - x[1] }
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] * x[1] }
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] / (x[1].magnitude() + 0.5) }
    checkGradients([[2, 3], [2, 3]]) { _, x in (x[0].magnitude() + 0.5).power(x[1]) }
    checkGradients([[4, 5], [4, 5]]) { _, x in x[0].maximum(x[1]) }
    checkGradients([[4, 5], [4, 5]]) { _, x in x[0].minimum(x[1]) }
    checkGradients([[2, 3]]) { _, x in x[0] * -2.5 }
    checkGradients([[2, 3]]) { _, x in -(x[0] + 1.5) }
  }

  @Test(
    arguments: [
      ([2, 5, 3], [3]), ([3], [2, 5, 3]), ([3, 5, 4], [3, 1, 4]), ([2, 1, 3], [4, 1]), ([], [2, 2]), ([2, 2], [1]),
      ([2, 3, 4], [2, 3, 1]),
    ] as [(Shape, Shape)])
  func whatIsBroadcastGetsTheSumOfItsGradients(a: Shape, b: Shape) {
    checkGradients([a, b]) { _, x in x[0] + x[1] }
    checkGradients([a, b]) { _, x in x[0] - x[1] }
    checkGradients([a, b]) { _, x in x[0] * x[1] }
    checkGradients([a, b]) { _, x in x[0] / (x[1].squared() + 1) }
    checkGradients([a, b]) { _, x in (x[0].squared() + 0.5).power(x[1]) }
    checkGradients([a, b]) { _, x in x[0].maximum(x[1]) }
  }

  @Test func layouts() {
    checkGradients([[2, 6]]) { _, x in x[0].reshaped([3, 4]) * x[0].reshaped([3, 4]) }
    checkGradients([[2, 3, 4]]) { _, x in x[0].permuted([2, 0, 1]) }
    checkGradients([[2, 1, 4]]) { _, x in x[0].broadcast(to: [3, 2, 5, 4]) }
    checkGradients([[2, 7, 3]]) { _, x in x[0].sliced(axis: 1, 1..<6, step: 2) }
    checkGradients([[2, 7, 3]]) { _, x in x[0].sliced(axis: -1, 1..<3) }
    checkGradients([[2, 3, 2]]) { _, x in x[0].padded(axis: 1, before: 2, after: 1, with: 4) }
    checkGradients([[2, 3, 2], [2, 1, 2], [2, 4, 2]]) { _, x in Variable.concatenated(x, axis: 1) }
    checkGradients([[2, 3], [2, 3]]) { _, x in Variable.stacked([x[0], x[1], x[0]], axis: -1) }
    checkGradients([[2, 3], [3]]) { _, x in
      Variable.choose(where: Tensor([2, 3], [1, 0, 0, 1, 1, 0]), x[0], else: x[1])
    }
  }

  @Test func aSliceOfWhatIsJoinedIsThePart() {
    let tape = Tape<Float>()
    let parts = [[1, 2], [3], [4, 5, 6]].map { tape.constant(Tensor([1, $0.count], $0.map(Float.init))) }
    let joined = Variable.concatenated(parts, axis: 1)
    #expect(joined.value.elements == [1, 2, 3, 4, 5, 6])
    #expect(joined.sliced(axis: 1, 3..<6).value == parts[2].value)
    #expect(joined.padded(axis: 1, before: 1, after: 0, with: 9).value.elements == [9, 1, 2, 3, 4, 5, 6])
    #expect(Variable.stacked([parts[0], parts[0]], axis: 0).shape == [2, 1, 2])
  }

  @Test func anInputUsedTwiceGetsBothGradients() {
    checkGradients([[3, 4]]) { _, x in x[0] * x[0] + x[0].tanh() * x[0] }
  }

  @Test func activations() {
    checkGradients([[4, 7]]) { _, x in x[0].tanh() }
    checkGradients([[4, 7]]) { _, x in x[0].sigmoid() }
    checkGradients([[4, 7]]) { _, x in x[0].relu() }
    checkGradients([[2, 3, 8]]) { _, x in x[0].gated() }
    checkGradients([[4, 7]]) { _, x in x[0].leakyReLU(slope: 0.2) }
    checkGradients([[4, 7]]) { _, x in x[0].elu(scale: 1.3) }
    checkGradients([[4, 7]]) { _, x in x[0].silu() }
    checkGradients([[4, 7]]) { _, x in x[0].gelu() }
    checkGradients([[4, 7]]) { _, x in x[0].hardTanh() }
    checkGradients([[4, 7]]) { _, x in (x[0] * 3).hardSwish() }
    checkGradients([[4, 7]]) { _, x in x[0].softplus() }
    checkGradients([[4, 7]]) { _, x in x[0].softplus(sharpness: 4) }
  }

  @Test func elementaryFunctions() {
    checkGradients([[4, 7]]) { _, x in x[0].exponential() }
    checkGradients([[4, 7]]) { _, x in (x[0].squared() + 0.3).logarithm() }
    checkGradients([[4, 7]]) { _, x in (x[0].squared() + 0.3).squareRoot() }
    checkGradients([[4, 7]]) { _, x in (x[0].squared() + 0.3).power(-1.7) }
    checkGradients([[4, 7]]) { _, x in (x[0].squared() + 0.3).reciprocal() }
    checkGradients([[4, 7]]) { _, x in x[0].magnitude() }
    checkGradients([[4, 7]]) { _, x in x[0].clamped(to: -0.4...0.9) }
  }

  @Test func reductions() {
    checkGradients([[3, 4]]) { _, x in (x[0] * x[0]).sum() }
    checkGradients([[3, 4]]) { _, x in (x[0] * x[0]).mean() }
    for axes in [[0], [1], [-1], [0, 2], [0, 1, 2]] {
      checkGradients([[2, 3, 4]]) { _, x in x[0].squared().sum(axes: axes) }
      checkGradients([[2, 3, 4]]) { _, x in x[0] * x[0].mean(axes: axes, keepingAxes: true) }
      checkGradients([[2, 3, 4]]) { _, x in x[0].variance(axes: axes) }
      checkGradients([[2, 3, 4]]) { _, x in x[0].variance(axes: axes, isUnbiased: true) }
      checkGradients([[2, 3, 4]]) { _, x in x[0].maximum(axes: axes) }
      checkGradients([[2, 3, 4]]) { _, x in x[0].logSumExp(axes: axes) }
    }
    checkGradients([[2, 3, 4]]) { _, x in x[0].softmax() }
    checkGradients([[2, 3, 4]]) { _, x in x[0].logSoftmax(axis: 1) }
  }

  @Test func theSoftmaxOfLargeNumbers() {
    let x = Tape<Float>().constant(Tensor([2, 2], [1000, 1000, -2000, 0]))
    expectClose(x.softmax().value, Tensor([2, 2], [0.5, 0.5, 0, 1]), tolerance: 4e-7)
    #expect(x.logSumExp(axes: [1]).value.elements.last == 0)
  }

  @Test func regressionLosses() {
    checkGradients([[3, 4], [3, 4]]) { _, x in x[0].meanSquaredError(x[1]) }
    checkGradients([[3, 4], [3, 4]]) { _, x in x[0].meanAbsoluteError(x[1]) }
    checkGradients([[3, 4], [3, 4]]) { _, x in x[0].huberLoss(x[1], threshold: 0.8) }
    checkGradients([[3, 4], [3, 4]]) { _, x in x[0].binaryCrossEntropy(x[1].sigmoid()) }
  }

  @Test func matrixProduct() {
    checkGradients([[2, 3, 4], [4, 5]]) { _, x in x[0].matrixProduct(x[1]) }
    checkGradients([[3, 4], [4, 5]]) { _, x in x[0].matrixProduct(x[1]) }
    checkGradients([[2, 3, 4], [2, 4, 2]]) { _, x in x[0].matrixProduct(x[1]) }
    checkGradients([[2, 1, 3, 4], [3, 4, 2]]) { _, x in x[0].matrixProduct(x[1]) }
  }

  @Test func weightNormalization() {
    checkGradients([[3, 2, 2], [3, 1, 1]]) { _, x in x[0].weightNormalized(lengths: x[1]) }
  }

  @Test func dropout() {
    checkGradients([[4, 5]]) { _, x in x[0].dropout(rate: 0.4, random: Philox(seed: 8)) }
  }

  @Test func dropoutKeepsTheMean() {
    let tape = Tape<Double>(workspace: Workspace(workers: Workers(threads: 2)))
    let x = tape.constant(Tensor([200_000], repeating: 1))
    let y = x.dropout(rate: 0.25, random: Philox(seed: 1)).value.elements
    #expect(y.allSatisfy { $0 == 0 || $0 == 1 / 0.75 })
    #expect(abs(y.reduce(0, +) / 200_000 - 1) < 0.005)
    let serial = Tape<Double>().constant(Tensor([200_000], repeating: 1))
    #expect(serial.dropout(rate: 0.25, random: Philox(seed: 1)).value.elements == y)
  }

  @Test func embedding() {
    checkGradients([[5, 3]]) { _, x in x[0].gathered([0, 4, 4, 2, 1, 4], shape: [2, 3]) }
  }

  @Test func crossEntropy() {
    checkGradients([[2, 3, 5]]) { _, x in
      x[0].crossEntropy(targets: [0, 4, 2, 2, 1, 3], weights: [1, 1, 0, 0.5, 1, 2]) * 3
    }
  }

  @Test func divergence() {
    var random = Philox(seed: 8)
    let teacher = Tensor<Double>([2, 3, 5], (0..<30).map { _ in 3 * random.normal() })
    let weights = [1, 1, 0, 0.5, 1, 2] as [Double]
    checkGradients([[2, 3, 5]]) { _, x in x[0].divergence(from: teacher, temperature: 2.5, weights: weights) * 3 }

    // Against the sums as they are written, and 0 where both agree.
    let tape = Tape<Double>()
    let x = Tensor<Double>([2, 3, 5], (0..<30).map { _ in 2 * random.normal() })
    func probabilities(_ row: ArraySlice<Double>) -> [Double] {
      let powers = row.map { exp($0 / 2.5) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    var expected = 0.0
    for row in 0..<6 {
      let (q, p) = (
        probabilities(teacher.elements[5 * row..<5 * row + 5]), probabilities(x.elements[5 * row..<5 * row + 5])
      )
      expected += weights[row] / 5.5 * 6.25 * zip(q, p).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) }
    }
    let found = tape.constant(x).divergence(from: teacher, temperature: 2.5, weights: weights).value.item
    #expect(abs(found - expected) < 1e-12 && expected > 0.1)
    #expect(abs(tape.constant(x).divergence(from: x, temperature: 2.5, weights: weights).value.item) < 1e-14)
  }

  @Test func relativeSquaredError() {
    var random = Philox(seed: 9)
    let target = Tensor<Double>([2, 3, 4], (0..<24).map { _ in 5 + 3 * random.normal() })
    let weights = [1, 1, 0, 0.5, 1, 2] as [Double]
    checkGradients([[2, 3, 4]]) { _, x in x[0].relativeSquaredError(to: target, weights: weights) * 3 }

    // 1 for the mean of the target, 0 for the target, and excluded rows do not count.
    let tape = Tape<Double>()
    let elements = target.elements
    let mean = (0..<24).map { (index: Int) -> Double in
      var sum = 0.0
      for row in 0..<6 { sum += weights[row] * elements[4 * row + index % 4] }
      return sum / 5.5
    }
    func error(_ x: [Double]) -> Double {
      tape.constant(Tensor([2, 3, 4], x)).relativeSquaredError(to: target, weights: weights).value.item
    }
    #expect(abs(error(mean) - 1) < 1e-12 && error(elements) == 0)
    var other = mean
    other[8] = 1e6
    #expect(error(other) == error(mean))
    // A target that is constant has no variance to relate to.
    let constant = Tensor<Double>([2, 3, 4], repeating: 2)
    let found = tape.constant(target).relativeSquaredError(to: constant, weights: weights).value.item
    #expect(found.isFinite && found > 1e6)
  }

  @Test(arguments: [
    // inputs, factor, places of the kernel, padding, outputs
    (4, 2, 4, 1, 0..<8), (4, 3, 6, 1, 2..<9), (5, 2, 4, 2, 3..<8), (3, 4, 4, 0, 0..<12), (6, 1, 1, 0, 2..<5),
    (3, 5, 3, 1, 0..<20), (2, 2, 7, 3, 1..<9),
  ])
  func upsampling(inputs: Int, factor: Int, places: Int, padding: Int, outputs: Range<Int>) {
    checkGradients([[2, inputs, 3], [3, 1, places]]) { _, x in
      x[0].upsampled(by: factor, kernel: x[1], padding: padding, outputs: outputs)
    }
  }

  @Test(arguments: [
    // input, output, kernel, dilation, groups, time
    (3, 4, 1, 1, 1, 6), (3, 4, 2, 1, 1, 6), (2, 3, 2, 3, 1, 7), (3, 2, 3, 2, 1, 9), (4, 6, 2, 2, 2, 6),
    (4, 4, 3, 1, 4, 5),
    (2, 2, 2, 16, 1, 5), (2, 3, 5, 4, 1, 4),
  ])
  func causalConvolution(input: Int, output: Int, kernel: Int, dilation: Int, groups: Int, time: Int) {
    let geometry = ConvolutionGeometry(
      inputChannels: input, outputChannels: output, kernelSize: kernel, dilation: dilation, groups: groups)
    checkGradients([[2, time, input], geometry.weightShape, [output]]) { _, x in
      x[0].convolution(weight: x[1], bias: x[2], geometry: geometry)
    }
    checkGradients([[2, time, input], geometry.weightShape]) { _, x in
      x[0].convolution(weight: x[1], bias: nil, geometry: geometry)
    }
  }
}
