import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaWaveNets

/// Held to PyTorch 2.15: `wavenet_golden.py` beside this file made the folders in `Golden` and what is in them.
@Suite struct GoldenTests {
  static let names = [
    "plain", "kernel-3-no-biases", "scaled", "weight-normalization", "scalar-input", "wider", "labels",
    "labels-no-biases", "logistics", "gaussians", "gaussian", "features-transposed", "features-linear",
    "features-nearest", "signal", "recurrent", "recurrent-conditioned",
  ]
  static let tolerance: Double = 1e-5

  /// A model folder with what PyTorch computes with it.
  struct Golden {
    let folder: String
    let model: WaveNetModel
    let expected: SafetensorsReader
    let input: WaveNetInput
    let targets: [Int32]

    init(_ name: String) throws {
      folder =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        + "/Golden/" + name
      model = try WaveNetModel.load(folder)
      expected = try SafetensorsReader(folder + "/golden.safetensors")
      let shape = try #require(expected.shape(of: "input"))
      targets = try expected.elements(of: "targets")
      let sets = model.configuration.conditioning.labels.count
      let labels: [Int32] = sets == 0 ? [] : try expected.elements(of: "labels")
      let conditions = (0..<shape[0]).map { signal in
        Conditions(labels: labels[signal * sets..<(signal + 1) * sets].map { Int($0) })
      }
      var features: FeatureWindow?
      if model.configuration.conditioning.features != nil {
        features = FeatureWindow(
          try expected.elements(of: "features"), shape: try #require(expected.shape(of: "features")))
      }
      switch model.configuration.input {
      case .embedding:
        input = WaveNetInput(
          codes: try expected.elements(of: "input"), shape: shape, conditions: conditions,
          features: features)
      case .scalar:
        input = WaveNetInput(
          samples: try expected.elements(of: "input"), shape: shape, conditions: conditions,
          features: features)
      }
    }

    /// Logits, loss and gradients with the given parameters.
    func run(_ parameters: Parameters<Float>) -> (logits: Tensor<Float>, loss: Tensor<Float>, Parameters<Float>) {
      let pass = Pass(parameters, recording: true)
      let logits = model.network.logits(input, pass)
      let loss = model.network.loss(logits, targets: targets, weights: targets.map { _ in 1 })
      return (logits.value, loss.value, pass.gradients(of: loss))
    }
  }

  @Test(arguments: names) func logitsLossAndEveryGradientEqualPyTorch(name: String) throws {
    let golden = try Golden(name)
    let (logits, loss, gradients) = golden.run(golden.model.parameters)
    expectClose(logits, try golden.expected.tensor("logits"), tolerance: Self.tolerance, "logits")
    expectClose(loss, try golden.expected.tensor("loss"), tolerance: Self.tolerance, "loss")
    let expected = golden.expected.names.filter { $0.hasPrefix("gradient.") }.map { $0.dropFirst(9) }
    #expect(Set(expected.map(String.init)) == Set(gradients.names))
    for name in gradients.names {
      expectClose(gradients[name], try golden.expected.tensor("gradient." + name), tolerance: Self.tolerance, name)
    }
  }

  @Test(arguments: names) func tenTrainingLossesEqualPyTorch(name: String) throws {
    let golden = try Golden(name)
    var parameters = golden.model.parameters
    var optimizer = Optimizer(.adam(), for: parameters)
    let losses = (0..<10).map { _ in
      let (_, loss, gradients) = golden.run(parameters)
      optimizer.update(&parameters, gradients: gradients, learningRate: 1e-3)
      return loss.item
    }
    let expected = try golden.expected.tensor("losses")
    #expect(losses.last! < losses.first! - 0.005)
    expectClose(Tensor([10], losses), expected, tolerance: Self.tolerance, "losses")
  }

  @Test(arguments: names) func savingWhatPyTorchWroteGivesTheSameBytes(name: String) throws {
    let golden = try Golden(name)
    try withTemporaryFolder { folder in
      try golden.model.save(to: folder + "/model")
      #expect(try bytes(folder + "/model/model.safetensors") == bytes(golden.folder + "/model.safetensors"))
      #expect(try WaveNetModel.load(folder + "/model") == golden.model)
    }
  }
}
