import KodamaLayers
import KodamaTensors
import Testing

@testable import KodamaNetworks

/// The layers of networks: channels, costs against each other, names.
@Suite struct StructureTests {
  private static let heads = ClassificationHeads.one(classes: 10)

  /// The shapes of parameters by name.
  private func shapes(_ network: some ClassificationNetwork) -> [String: Shape] {
    Dictionary(uniqueKeysWithValues: network.declarations.map { ($0.name, $0.shape) })
  }

  /// Huang et al. 2017, §3 and table 1: layer l of a block of a growth rate k has C + k · (l − 1) inputs.
  @Test func denseLayersTakeAllEarlierOutputs() {
    let shapes = shapes(DenseNetwork.denseNet121())
    var channels = 64
    for (block, layers) in [6, 12, 24, 16].enumerated() {
      for layer in 1...layers {
        let path = "features.denseblock\(block + 1).denselayer\(layer)"
        #expect(shapes[path + ".norm1.weight"] == [channels])
        #expect(shapes[path + ".conv1.weight"] == [128, channels, 1, 1])
        #expect(shapes[path + ".conv2.weight"] == [32, 128, 3, 3])
        channels += 32
      }
      #expect(shapes["features.denseblock\(block + 1).denselayer\(layers + 1).norm1.weight"] == nil)
      let transition = shapes["features.transition\(block + 1).conv.weight"]
      #expect(transition == (block < 3 ? [channels / 2, channels, 1, 1] : nil))
      if block < 3 { channels /= 2 }
    }
    #expect(channels == 1024 && shapes["features.norm5.weight"] == [1024])
    #expect(shapes["classifier.weight"] == [1000, 1024])
  }

  /// He et al. 2015, fig. 5: a basic block of 64 channels and a bottleneck of 256 cost about the same.
  @Test func aBottleneckCostsAboutAsMuchAsABasicBlock() throws {
    func cost(_ form: ResidualNetwork.Form, channels: Int, width: Int) throws -> NetworkCost {
      let block = ResidualBlock(
        "b", form, .original, .projection, inputs: channels, width: width, outputs: channels, stride: 1)
      return NetworkCost(of: block.declarations) { pass in
        _ = block.forward(pass.tape.constant(Tensor([1, 56, 56, channels])), pass)
      }
    }
    let basic = try cost(.basic, channels: 64, width: 64)
    let bottleneck = try cost(.bottleneck, channels: 256, width: 64)
    #expect(basic.multiplyAdds == 56 * 56 * 2 * 9 * 64 * 64)
    #expect(bottleneck.multiplyAdds == 56 * 56 * (256 * 64 + 9 * 64 * 64 + 64 * 256))
    let ratio = Double(bottleneck.multiplyAdds) / Double(basic.multiplyAdds)
    #expect((0.9...1.0).contains(ratio))
    #expect(bottleneck.activations == 56 * 56 * (64 + 64 + 256))
  }

  /// Howard et al. 2017, §3.1: a depthwise separable convolution costs 1 / O + 1 / K² of an ordinary one.
  @Test func separableConvolutionsCostAFractionOfOrdinaryOnes() throws {
    let cost = try MobileNetworkV1.mobileNetV1().cost(map: [1, 224, 224, 3])
    func work(_ path: String) -> Int { cost.layers.first { $0.path == path }?.multiplyAdds ?? 0 }
    let blocks = [(1, 32, 64, 112), (3, 128, 128, 56), (7, 512, 512, 14), (13, 1024, 1024, 7)]
    for (block, inputs, outputs, length) in blocks {
      let separable = work("features.\(block).depthwise.0") + work("features.\(block).pointwise.0")
      let ordinary = length * length * 9 * inputs * outputs
      #expect(separable * 9 * outputs == ordinary * (9 + outputs))
    }
  }

  /// Han et al. 2017, eq. 3.
  @Test func pyramidsGrowWithEveryBlock() {
    let network = ResidualNetwork.pyramidNet(depth: 20, widening: 48, heads: Self.heads)
    #expect(network.stages.map(\.channels) == [[21, 26, 32], [37, 42, 48], [53, 58, 64]])
    #expect(network.stages.map(\.stride) == [1, 2, 2])
    let bottlenecks = ResidualNetwork.pyramidNet(depth: 29, widening: 48, form: .bottleneck, heads: Self.heads)
    #expect(bottlenecks.stages.map(\.widths) == network.stages.map(\.channels))
    #expect(bottlenecks.stages[0].channels == [84, 104, 128] && bottlenecks.embeddingChannels == 256)
    // Shortcuts have no parameters.
    #expect(!network.declarations.contains { $0.name.contains("downsample") })
  }

  /// Without shortcuts, a network has no projections and differs in nothing else.
  @Test func plainNetworksHaveTheSameConvolutions() {
    let residual = ResidualNetwork.resnet(depth: 20, shortcut: .projection, heads: Self.heads)
    let plain = ResidualNetwork.resnet(depth: 20, shortcut: .none, heads: Self.heads)
    #expect(residual.declarations.filter { !$0.name.contains("downsample") } == plain.declarations)
    #expect(residual.declarations.count > plain.declarations.count && residual != plain)
  }

  /// Multiples of 8 that are not smaller than nine tenths.
  @Test func channelsOfMobileNetworksAreMultiplesOf8() {
    #expect([3.0, 8, 11, 12, 18, 19, 44.8, 33.6].map(MobileNetworkV2.rounded) == [8, 8, 16, 16, 24, 24, 48, 32])
    #expect(MobileNetworkV2.mobileNetV2(widthMultiplier: 0.5).embeddingChannels == 1280)
    #expect(MobileNetworkV2.mobileNetV2(widthMultiplier: 1.4).embeddingChannels == 1792)
    let narrow = shapes(MobileNetworkV2.mobileNetV2(widthMultiplier: 0.35))
    #expect(narrow["features.17.conv.2.weight"] == [112, 336, 1, 1])
  }

  @Test func headsAreWhereTheyShouldBe() {
    let expected = [
      "resnet18": "fc", "densenet121": "classifier", "mobilenet_v2": "classifier.1", "vgg11_bn": "classifier.6",
      "googlenet": "fc",
    ]
    for published in PublishedSizesTests.published {
      guard let path = expected[published.name] else { continue }
      #expect(published.network.heads == [ClassificationHead(path: path, classes: 1000)])
      #expect(published.network.declarations.contains { $0.name == path + ".weight" && $0.shape[0] == 1000 })
    }
    let names = shapes(InceptionNetwork.googleNet(heads: Examples.heads))
    #expect(names["heads.digit.weight"] == [3, 1024] && names["heads.speaker.bias"] == [2])
    #expect(names["aux1.heads.digit.weight"] == [3, 1024] && names["aux2.heads.speaker.bias"] == [2])
  }

  @Test(arguments: Examples.small.keys.sorted()) func networksForSpectrogramsAreSmall(_ name: String) throws {
    let network = try #require(Examples.small[name])
    let cost = try network.cost(map: [1, 100, 64, 1])
    #expect(cost.parameters < (name == "mobile" ? 250_000 : 400_000), "\(name): \(cost.parameters)")
    #expect(cost.multiplyAdds < 150_000_000, "\(name): \(cost.multiplyAdds)")
    #expect(network.inputChannels == 1 && network.heads.map(\.classes) == [10])
  }
}
