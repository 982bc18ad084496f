import KodamaCore
import KodamaTensors
import Testing

@Suite struct OperatorGradientTests {
  @Test func arithmetic() {
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] + x[1] }
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] - x[1] }
    checkGradients([[2, 3], [2, 3]]) { _, x in x[0] * x[1] }
    checkGradients([[2, 3]]) { _, x in x[0] * -2.5 }
  }

  @Test func aRowIsAddedToEveryRow() { checkGradients([[2, 5, 3], [3]]) { _, x in x[0] + x[1] } }

  @Test func aRowOfItsOwnIsAddedToEveryStepOfASignal() {
    checkGradients([[3, 5, 4], [3, 1, 4]]) { _, x in x[0].addingToEveryStep(x[1]) }
    let tape = Tape<Double>(workspace: Workspace(workers: Workers(threads: 2)))
    let sum = tape.constant(Tensor([2, 2, 1], [1, 2, 3, 4])).addingToEveryStep(
      tape.constant(Tensor([2, 1, 1], [10, 20])))
    #expect(sum.value.elements == [11, 12, 23, 24])
  }

  @Test func anInputUsedTwiceGetsBothGradients() {
    checkGradients([[3, 4]]) { _, x in x[0] * x[0] + x[0].tanh() * x[0] }
  }

  @Test func activations() {
    checkGradients([[4, 7]]) { _, x in x[0].tanh() }
    checkGradients([[4, 7]]) { _, x in x[0].sigmoid() }
    checkGradients([[4, 7]]) { _, x in x[0].relu() }
    checkGradients([[2, 3, 8]]) { _, x in x[0].gated() }
  }

  @Test func reductions() {
    checkGradients([[3, 4]]) { _, x in (x[0] * x[0]).sum() }
    checkGradients([[3, 4]]) { _, x in (x[0] * x[0]).mean() }
  }

  @Test func matrixProduct() { checkGradients([[2, 3, 4], [4, 5]]) { _, x in x[0].matrixProduct(x[1]) } }

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
    checkGradients([[5, 3]]) { tape, x in tape.embedding(x[0], indices: [0, 4, 4, 2, 1, 4], shape: [2, 3]) }
  }

  @Test func crossEntropy() {
    checkGradients([[2, 3, 5]]) { _, x in
      x[0].crossEntropy(targets: [0, 4, 2, 2, 1, 3], weights: [1, 1, 0, 0.5, 1, 2]) * 3
    }
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
      x[0].causalConvolution(weight: x[1], bias: x[2], geometry: geometry)
    }
    checkGradients([[2, time, input], geometry.weightShape]) { _, x in
      x[0].causalConvolution(weight: x[1], bias: nil, geometry: geometry)
    }
  }
}
