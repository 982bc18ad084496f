import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaAmplifiers

/// The network that is trained, against the format and against the engine.
@Suite struct NetworkTests {
  static let trained = AmplifierExamples.outputs.filter { output in
    !output.contains("@") && (try? AmplifierExamples.model(output))?.architecture.network() != nil
  }

  @Test func mostConstructsAreTrained() { #expect(Self.trained.count > 55) }

  @Test(arguments: trained) func parametersAreTheWeightsInTheirOrder(name: String) throws {
    let model = try AmplifierExamples.model(name)
    let network = try #require(model.architecture.network())
    #expect(network.declarations.map(\.name) == model.architecture.weightShapes.map(\.name))
    #expect(network.declarations.map(\.shape.count) == model.architecture.weightShapes.map(\.count))
    let parameters = try #require(model.parameters)
    #expect(AmplifierModel(model.architecture, parameters: parameters, sampleRate: 48_000).weights == model.weights)
  }

  @Test(arguments: trained) func outputsAreThoseOfTheFormat(name: String) throws {
    let model = try AmplifierExamples.model(name)
    let network = try #require(model.architecture.network())
    let (input, expected) = (try AmplifierExamples.numbers("input"), try AmplifierExamples.numbers(name))
    // Silence before the input fills the past.
    let samples = [Float](repeating: 0, count: network.lookback) + input
    let pass = Pass(try #require(model.parameters), recording: false)
    let y = network.forward(pass.tape.constant(Tensor([1, samples.count, 1], samples)), pass).value
    #expect(y.shape == [1, input.count, model.architecture.outputChannels])
    let first = stride(from: 0, to: y.elements.count, by: model.architecture.outputChannels).map { y.elements[$0] }
    let found = disagreement(first, expected, floor: 1)
    #expect(found.relative < 1e-5, "\(found)")
  }

  /// By central differences in double precision, of some weights of each tensor.
  @Test(arguments: ["film-blended", "post-head", "gated-secondary", "groups-gated", "array-head", "everything"])
  func gradientsAreThoseOfDifferences(name: String) throws {
    guard let network = try AmplifierExamples.model(name).architecture.network() else {
      #expect(name == "everything")
      return
    }
    var parameters = Parameters<Double>(network.declarations, seed: 7)
    let input = (0..<2 * (network.lookback + 9)).map { Double(($0 * 37) % 101) / 101 - 0.5 }
    let x = Tensor<Double>([2, input.count / 2, 1], input)
    func loss(_ parameters: Parameters<Double>, _ pass: Pass<Double>) -> Variable<Double> {
      network.forward(pass.tape.constant(x), pass).squared().sum()
    }
    let pass = Pass(parameters, recording: true)
    let value = loss(parameters, pass)
    let gradients = pass.gradients(of: value)
    for declaration in network.declarations where declaration.role != .state {
      let count = declaration.shape.count
      for index in Set([0, count / 2, count - 1]) {
        let original = parameters[declaration.name].elements
        func shifted(_ step: Double) -> Double {
          var changed = original
          changed[index] += step
          parameters[declaration.name] = Tensor(declaration.shape, changed)
          return loss(parameters, Pass(parameters, recording: false)).value.item
        }
        let slope = (shifted(1e-6) - shifted(-1e-6)) / 2e-6
        parameters[declaration.name] = Tensor(declaration.shape, original)
        let gradient = gradients[declaration.name].elements[index]
        #expect(abs(gradient - slope) < 1e-6 * max(1, abs(slope)), "\(declaration.name)[\(index)]")
      }
    }
  }
}
