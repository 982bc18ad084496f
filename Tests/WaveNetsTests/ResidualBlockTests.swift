import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaWaveNets

@Suite struct ResidualBlockTests {
  /// A forward and backward pass through all blocks, in the fused or the composed form.
  private func run<S: Scalar>(
    _ configuration: WaveNetConfiguration, _ parameters: Parameters<S>, fused: Bool, threads: Int = 2
  ) -> (logits: Tensor<S>, gradients: Parameters<S>) {
    let network = WaveNet(configuration)
    let shape: Shape = [2, 1300]
    let pass = Pass(parameters, recording: true, workspace: Workspace(workers: Workers(threads: threads)))
    let logits =
      fused
      ? network.logits(Examples.input(configuration, shape: shape), pass)
      : network.composedLogits(Examples.input(configuration, shape: shape), pass)
    let loss = network.loss(
      logits, targets: Examples.targets(configuration, count: shape.count),
      weights: (0..<shape.count).map { $0 % 7 == 0 ? 0 : 1 })
    return (logits.value, pass.gradients(of: loss))
  }

  @Test(arguments: Examples.names) func theFusedFormEqualsTheComposition(name: String) {
    let configuration = Examples.configurations[name]!
    let parameters = Parameters<Double>(WaveNet(configuration).declarations, seed: 1)
    let (fused, composed) = (run(configuration, parameters, fused: true), run(configuration, parameters, fused: false))
    expectClose(fused.logits, composed.logits, tolerance: 1e-12, "logits")
    for name in parameters.names {
      expectClose(fused.gradients[name], composed.gradients[name], tolerance: 1e-10, floor: 1e-6, name)
    }
  }

  @Test(arguments: ["plain", "features"]) func theSameBitsWhateverTheThreads(name: String) {
    let configuration = Examples.configurations[name]!
    let parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    let (one, three) = (
      run(configuration, parameters, fused: true, threads: 1), run(configuration, parameters, fused: true, threads: 3)
    )
    #expect(one.logits == three.logits)
    #expect(one.gradients == three.gradients)
  }

  @Test(arguments: Examples.names) func gradientsEqualCentralDifferences(name: String) {
    let configuration = Examples.configurations[name]!
    let network = WaveNet(configuration)
    let parameters = Parameters<Double>(network.declarations, seed: 2)
    let input = Examples.input(configuration, shape: [2, 11])
    let targets = Examples.targets(configuration, count: 22)
    func loss(_ parameters: Parameters<Double>, recording: Bool) -> (Variable<Double>, Pass<Double>) {
      let pass = Pass(parameters, recording: recording)
      let logits = network.logits(input, pass)
      return (network.loss(logits, targets: targets, weights: [Double](repeating: 1, count: 22)), pass)
    }
    let (value, pass) = loss(parameters, recording: true)
    let gradients = pass.gradients(of: value)
    for name in parameters.names {
      let expected = parameters[name].elements.indices.map { element in
        let sides = [1e-5, -1e-5].map { change in
          var changed = parameters
          changed[name].changeElements { $0[element] += change }
          return loss(changed, recording: false).0.value.item
        }
        return (sides[0] - sides[1]) / 2e-5
      }
      expectClose(
        gradients[name], Tensor(parameters[name].shape, expected), tolerance: 1e-6, floor: 1e-3, name)
    }
  }
}

extension WaveNet {
  /// The logits by the composition of plain operators.
  func composedLogits<S: Scalar>(_ input: WaveNetInput, _ pass: Pass<S>) -> Variable<S> {
    logits(input, pass) { block, x, skip, conditioning in
      block.composed(&x, skip: &skip, conditioning, pass, random: nil)
    }
  }
}
