import KodamaCore
import KodamaTensors
import Testing
import TestSupport

@Suite struct CausalConvolutionTests {
  /// The definition, element by element.
  private func definition(
    _ x: Tensor<Double>, _ weight: Tensor<Double>, _ bias: Tensor<Double>, _ g: ConvolutionGeometry
  ) -> Tensor<Double> {
    let (batch, time) = (x.shape[0], x.shape[1])
    let (inputs, outputs) = (g.inputChannels / g.groups, g.outputChannels / g.groups)
    var y = Tensor<Double>([batch, time, g.outputChannels])
    for b in 0..<batch {
      for t in 0..<time {
        for o in 0..<g.outputChannels {
          var sum = bias[o]
          for k in 0..<g.kernelSize where t - (g.kernelSize - 1 - k) * g.dilation >= 0 {
            for i in 0..<inputs {
              sum += weight[o, i, k] * x[b, t - (g.kernelSize - 1 - k) * g.dilation, o / outputs * inputs + i]
            }
          }
          y[b, t, o] = sum
        }
      }
    }
    return y
  }

  @Test(arguments: [
    ConvolutionGeometry(inputChannels: 3, outputChannels: 5, kernelSize: 2, dilation: 512),
    ConvolutionGeometry(inputChannels: 2, outputChannels: 4, kernelSize: 3, dilation: 300),
    ConvolutionGeometry(inputChannels: 4, outputChannels: 6, kernelSize: 2, dilation: 7, groups: 2),
    ConvolutionGeometry(inputChannels: 4, outputChannels: 4),
  ])
  func equalsItsDefinitionAcrossBlocks(geometry: ConvolutionGeometry) {
    var random = Philox(seed: 8)
    func tensor(_ shape: Shape) -> Tensor<Double> { Tensor(shape, (0..<shape.count).map { _ in random.normal() }) }
    let (x, weight, bias) = (
      tensor([2, 1100, geometry.inputChannels]), tensor(geometry.weightShape), tensor([geometry.outputChannels])
    )
    let expected = definition(x, weight, bias, geometry)
    func output<S: Scalar>(_ type: S.Type) -> Tensor<S> {
      let tape = Tape<S>()
      func constant(_ tensor: Tensor<Double>) -> Variable<S> {
        tape.constant(Tensor(tensor.shape, tensor.elements.map { S($0) }))
      }
      return constant(x).convolution(weight: constant(weight), bias: constant(bias), geometry: geometry).value
    }
    expectClose(output(Double.self), expected, tolerance: 1e-12)
    let single = output(Float.self)
    expectClose(Tensor<Double>(single.shape, single.elements.map { Double($0) }), expected, tolerance: 1e-5)
  }

  @Test func theSameBitsWhateverTheThreads() {
    let geometry = ConvolutionGeometry(inputChannels: 8, outputChannels: 16, kernelSize: 2, dilation: 4)
    let results = [1, 2, 5].map { threads in
      var random = Philox(seed: 3)
      func tensor(_ shape: Shape) -> Tensor<Float> {
        Tensor(shape, (0..<shape.count).map { _ in Float(random.normal()) })
      }
      let tape = Tape<Float>(workspace: Workspace(workers: Workers(threads: threads)))
      let leaves = [tensor([3, 1500, 8]), tensor(geometry.weightShape), tensor([16])].map(tape.leaf)
      let y = leaves[0].convolution(weight: leaves[1], bias: leaves[2], geometry: geometry)
      let gradients = tape.backward(from: (y * y).sum())
      return leaves.map { gradients[$0]! } + [y.value]
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }
}
