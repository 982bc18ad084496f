import KodamaCheckpoints
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaNetworks

/// What has torchvision; nil where this machine has none.
private enum Torchvision {
  static let python = Python(importing: "torchvision", "safetensors")
}

/// Networks of the literature against torchvision on the same random weights: logits, every gradient and the new running
/// statistics, in evaluation and in training. `torchvision_check.py` beside this file makes the numbers.
@Suite(
  .enabled(
    if: Torchvision.python != nil, "no Python with torchvision and safetensors; name one with KODAMA_PYTHON"))
struct TorchvisionTests {
  static let networks: [String: any ClassificationNetwork] = {
    let mobile = MobileNetworkV2.mobileNetV2(dropout: 0)
    // `vgg11BN` with narrow hidden layers.
    let plain = VGGNetwork(
      inputChannels: 3, stages: VGGNetwork.vgg11BN().stages, summary: .perceptron(width: 64), dropout: 0,
      heads: .one(classes: 1000))
    let inception = InceptionNetwork.googleNet(dropout: 0, auxiliaryDropout: 0)
    return [
      "resnet18": ResidualNetwork.resnet18(), "resnet50": ResidualNetwork.resnet50(),
      "wide_resnet50_2": ResidualNetwork.wideResNet50_2(), "densenet121": DenseNetwork.denseNet121(),
      "mobilenet_v2": mobile, "vgg11_bn": plain, "googlenet": inception,
    ]
  }()

  private static let script = String(#filePath.dropLast("TorchvisionTests.swift".count)) + "torchvision_check.py"

  @Test func networksEqualTorchvision() throws {
    try withTemporaryFolder { folder in
      let end = try #require(Torchvision.python).run([Self.script, folder] + Self.networks.keys.sorted())
      try #require(end.status == 0, "\(end.errors)")
      for (name, network) in Self.networks {
        let files = folder + "/" + name
        // The input is a parameter too, so that its gradient is compared with the others.
        let declarations = network.declarations + [ParameterDeclaration("x", [2, 64, 72, 3], .constant(0))]
        let weights = try SafetensorsReader(files + "/weights.safetensors").parameters(declarations)
        let parameters = Parameters(declarations) { weights[$0].doubled }
        try compare(network, parameters, .inference, SafetensorsReader(files + "/evaluation.safetensors"))
        try compare(network, parameters, .training(seed: 1), SafetensorsReader(files + "/training.safetensors"))
      }
    }
  }

  private func compare(
    _ network: any ClassificationNetwork, _ parameters: Parameters<Double>, _ phase: Phase, _ file: SafetensorsReader
  ) throws {
    let pass = Pass(parameters, phase: phase, recording: true)
    let outputs = network.outputs(pass.parameter("x"), pass)
    var (found, loss) = (["logits": outputs.logits[0].value], outputs.logits[0])
    for (index, auxiliary) in outputs.auxiliary.enumerated() {
      found["aux\(index + 1)"] = auxiliary.logits[0].value
      loss = loss + auxiliary.logits[0] * auxiliary.weight
    }
    for (name, value) in pass.stateUpdates { found["state." + name] = value }
    let projection = pass.tape.constant(try file.tensor("projection").doubled)
    let gradients = pass.gradients(of: (loss * projection).sum())
    #expect(
      Set(file.names)
        == Set(found.keys).union(["projection"]).union(
          gradients.names.filter { gradients.layout.role(of: $0) == .trained }.map { "gradient." + $0 }))
    for (name, value) in found { try expect(value, file, name, floor: 1e-30) }
    // Rounding is all there is to the gradient of a bias before a normalization.
    let names = file.names.filter { $0.hasPrefix("gradient.") }
    let largest = gradients.largestMagnitude
    for name in names {
      try expect(gradients[String(name.dropFirst("gradient.".count))], file, name, floor: 1e-6 * largest)
    }
  }

  private func expect(_ actual: Tensor<Double>, _ file: SafetensorsReader, _ name: String, floor: Double) throws {
    expectClose(actual, try file.tensor(name).doubled, tolerance: 1e-5, floor: floor, "\(name) of \(file.path)")
  }
}

extension Tensor<Float> {
  /// The same elements in double precision, converted here, where the loop over them is specialized.
  fileprivate var doubled: Tensor<Double> { Tensor<Double>(shape, elements.map { Double($0) }) }
}

extension Parameters<Double> {
  /// The largest magnitude of any element.
  fileprivate var largestMagnitude: Double {
    names.reduce(0) { result, name in
      self[name].withUnsafeBuffer { $0.reduce(result) { max($0, $1.magnitude) } }
    }
  }
}
