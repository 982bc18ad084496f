import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaNetworks

/// Maps of any size through networks, and what is said of those that are too small.
@Suite struct ForwardTests {
  /// The logits of a map.
  private func logits(
    _ network: any ClassificationNetwork, _ parameters: Parameters<Float>, _ map: Tensor<Float>,
    phase: Phase = .inference
  ) -> [Tensor<Float>] {
    let pass = Pass(parameters, phase: phase)
    return network.outputs(pass.tape.constant(map), pass).logits.map(\.value)
  }

  @Test(arguments: Examples.small.keys.sorted()) func anyLengthIsClassified(_ name: String) throws {
    let network = try #require(Examples.small[name])
    let parameters = Examples.parameters(network, as: Float.self)
    for length in [16, 17, 23, 50, 101] {
      let map: Tensor<Float> = Examples.map([2, length, 40, 1])
      try network.validate(map: map.shape)
      let found = logits(network, parameters, map)
      #expect(found.map(\.shape) == [[2, 10]])
      #expect(found[0].elements.nonemptyAllSatisfy { $0.isFinite })
    }
  }

  /// The shape that is foretold is the shape of the last map: the mean over its positions is the embedding.
  @Test(arguments: Examples.all.keys.sorted()) func shapesAreForetold(_ name: String) throws {
    let network = try #require(Examples.all[name])
    let shape = try network.lastMapShape(of: [2, 21, 18, 2])
    #expect(shape.rank == 4 && shape[0] == 2)
    let pass = Pass(Examples.parameters(network, as: Float.self))
    let embedding = network.embedding(pass.tape.constant(Examples.map([2, 21, 18, 2])), pass)
    #expect(embedding.shape == [2, network.embeddingChannels])
    if name != "vgg, perceptron" { #expect(shape.last == network.embeddingChannels) }
    #expect(network.logits(ofEmbedding: embedding, pass).map(\.shape) == [[2, 3], [2, 2]])
  }

  /// In inference, what a map is classified as does not depend on the others of its batch.
  @Test(arguments: Examples.all.keys.sorted()) func mapsOfABatchAreIndependent(_ name: String) throws {
    let network = try #require(Examples.all[name])
    let parameters = Examples.parameters(network, as: Float.self)
    let maps: Tensor<Float> = Examples.map([3, 19, 14, 2])
    let together = logits(network, parameters, maps)
    let size = maps.count / 3
    for index in 0..<3 {
      let own = Tensor([1, 19, 14, 2], Array(maps.elements[index * size..<(index + 1) * size]))
      for (alone, batch) in try paired(logits(network, parameters, own), together) {
        let row = batch.elements[index * batch.shape.last..<(index + 1) * batch.shape.last]
        expectClose(alone.elements, Array(row), tolerance: 1e-5, name)
      }
    }
  }

  @Test func mapsThatAreTooSmallAreRefused() throws {
    let heads = ClassificationHeads.one(classes: 10)
    let dense = DenseNetwork.smallDense(heads: heads)
    #expect(try dense.lastMapShape(of: [1, 8, 7, 1]) == [1, 1, 1, dense.embeddingChannels])
    do throws(GeometryFault) {
      try dense.validate(map: [1, 8, 5, 1])
      Issue.record("a map of 8 × 5 has no output")
    } catch {
      guard case .noOutput(_, let input, _) = error else { throw error }
      #expect(input[1] == 2 && input[2] == 1)
    }
    let plain = VGGNetwork.smallVGG(heads: heads)
    #expect(try plain.lastMapShape(of: [1, 16, 16, 1]) == [1, 1, 1, 128])
    #expect(throws: GeometryFault.self) { try plain.validate(map: [1, 15, 40, 1]) }
    let inception = InceptionNetwork.googleNet(inputChannels: 1, heads: heads)
    #expect(try inception.lastMapShape(of: [1, 15, 70, 1]) == [1, 1, 2, 1024])
    #expect(throws: GeometryFault.self) { try inception.validate(map: [1, 2, 40, 1]) }
    for network in Examples.small.values {
      #expect(throws: GeometryFault.self) { try network.validate(map: [1, 0, 40, 1]) }
      #expect(throws: GeometryFault.self) { try network.validate(map: [1, 40, 40, 3]) }
      #expect(throws: GeometryFault.self) { try network.validate(map: [1, 40, 1]) }
      #expect(throws: GeometryFault.self) { try network.cost(map: [1, 40, 1]) }
    }
  }

  /// Inception's auxiliary classifiers take part in training only.
  @Test func auxiliaryLogitsComeInTraining() {
    let network = InceptionNetwork.googleNet(inputChannels: 1, heads: Examples.heads)
    let parameters = Parameters<Float>(network.declarations, seed: 1)
    for phase in [Phase.inference, .training(seed: 1)] {
      let pass = Pass(parameters, phase: phase)
      let outputs = network.outputs(pass.tape.constant(Examples.map([2, 40, 33, 1])), pass)
      #expect(outputs.logits.map(\.shape) == [[2, 3], [2, 2]])
      #expect(outputs.auxiliary.map(\.weight) == (phase == .inference ? [] : [0.3, 0.3]))
      #expect(outputs.auxiliary.allSatisfy { $0.logits.map(\.shape) == [[2, 3], [2, 2]] })
    }
  }

  /// Dropout depends on the seed of the pass, and is absent in inference.
  @Test func dropoutIsOfTheSeed() {
    let network = VGGNetwork(
      inputChannels: 1, stages: [[4]], summary: .perceptron(size: 2, width: 32), dropout: 0.5, heads: .one(classes: 5))
    let parameters = Examples.parameters(network, as: Float.self)
    let map: Tensor<Float> = Examples.map([2, 9, 8, 1])
    func logits(_ phase: Phase) -> Tensor<Float> { self.logits(network, parameters, map, phase: phase)[0] }
    #expect(logits(.training(seed: 1)) == logits(.training(seed: 1)))
    #expect(logits(.training(seed: 1)) != logits(.training(seed: 2)))
    #expect(logits(.inference) == logits(.inference))
  }

  /// A few steps of gradient descent on one batch lower the loss of every small preset.
  @Test(arguments: Examples.small.keys.sorted()) func theyLearn(_ name: String) throws {
    let network = try #require(Examples.small[name])
    var parameters = Parameters<Float>(network.declarations, seed: 1)
    let map: Tensor<Float> = Examples.map([8, 32, 24, 1])
    var losses: [Float] = []
    for step in 0..<12 {
      let pass = Pass(parameters, phase: .training(seed: UInt64(step)))
      let logits = network.outputs(pass.tape.constant(map), pass).logits[0]
      let loss = logits.crossEntropy(targets: (0..<8).map { Int32($0 % 4) }, weights: Array(repeating: 1, count: 8))
      losses.append(loss.value.item)
      var change = pass.gradients(of: loss)
      change.scale(by: -0.05)
      parameters.add(change)
      parameters.replace(pass.stateUpdates)
    }
    #expect(losses[11] < 0.7 * losses[0], "\(name): \(losses)")
  }
}
