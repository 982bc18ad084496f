import KodamaLayers
import KodamaTensors
import Testing

@testable import KodamaNetworks

/// Parameters and multiply-adds of networks of the literature, as torchvision's documentation gives them; those of
/// MobileNet's first version as Howard et al. 2017, table 4.
@Suite struct PublishedSizesTests {
  struct Published: Sendable {
    let name: String
    let network: any ClassificationNetwork
    let parameters: Int
    /// Billions, rounded to thousandths.
    let multiplyAdds: Double
  }

  static let published: [Published] = {
    let plain = InceptionNetwork.googleNet(auxiliaryClassifiers: false)
    return [
      Published(name: "resnet18", network: ResidualNetwork.resnet18(), parameters: 11_689_512, multiplyAdds: 1.814),
      Published(name: "resnet34", network: ResidualNetwork.resnet34(), parameters: 21_797_672, multiplyAdds: 3.664),
      Published(name: "resnet50", network: ResidualNetwork.resnet50(), parameters: 25_557_032, multiplyAdds: 4.089),
      Published(
        name: "wide_resnet50_2", network: ResidualNetwork.wideResNet50_2(), parameters: 68_883_240,
        multiplyAdds: 11.398),
      Published(name: "densenet121", network: DenseNetwork.denseNet121(), parameters: 7_978_856, multiplyAdds: 2.834),
      Published(
        name: "mobilenet_v2", network: MobileNetworkV2.mobileNetV2(), parameters: 3_504_872, multiplyAdds: 0.301),
      Published(name: "vgg11_bn", network: VGGNetwork.vgg11BN(), parameters: 132_868_840, multiplyAdds: 7.609),
      Published(name: "googlenet", network: plain, parameters: 6_624_904, multiplyAdds: 1.498),
      Published(
        name: "googlenet with auxiliary classifiers", network: InceptionNetwork.googleNet(), parameters: 13_004_888,
        multiplyAdds: 1.498),
    ]
  }()

  @Test(arguments: published.indices) func sizesAreThePublishedOnes(_ index: Int) throws {
    let published = Self.published[index]
    let cost = try published.network.cost(map: [1, 224, 224, 3])
    #expect(cost.parameters == published.parameters, "\(published.name)")
    #expect((Double(cost.multiplyAdds) / 1e6).rounded() / 1000 == published.multiplyAdds, "\(published.name)")
  }

  @Test func mobileNetV1HasThePublishedSize() throws {
    func millions(_ count: Int) -> Double { (Double(count) / 1e5).rounded() / 10 }
    for (multiplier, parameters, multiplyAdds) in [
      (1.0, 4.2, 569.0), (0.75, 2.6, 325), (0.5, 1.3, 149), (0.25, 0.5, 41),
    ] {
      let cost = try MobileNetworkV1.mobileNetV1(widthMultiplier: multiplier).cost(map: [1, 224, 224, 3])
      #expect(millions(cost.parameters) == parameters)
      #expect((Double(cost.multiplyAdds) / 1e6).rounded() == multiplyAdds)
    }
  }

  /// Zagoruyko and Komodakis 2016, table 4, and Han et al. 2017, table 4, on images of 32 × 32 with ten classes: millions
  /// of parameters.
  @Test func networksForSmallMapsHaveThePublishedSizes() throws {
    func millions(_ network: ResidualNetwork) throws -> Double {
      (Double(try network.cost(map: [1, 32, 32, 3]).parameters) / 1e5).rounded() / 10
    }
    let heads = ClassificationHeads.one(classes: 10)
    #expect(try millions(.wideResNet(depth: 28, factor: 10, inputChannels: 3, heads: heads)) == 36.5)
    #expect(try millions(.wideResNet(depth: 16, factor: 8, inputChannels: 3, heads: heads)) == 11.0)
    #expect(try millions(.wideResNet(depth: 40, factor: 4, inputChannels: 3, heads: heads)) == 8.9)
    #expect(try millions(.pyramidNet(depth: 110, widening: 48, inputChannels: 3, heads: heads)) == 1.7)
    // The paper does not say whether it counts the weights of normalization, which are up to 1 % of all.
    for (network, published) in [
      (ResidualNetwork.pyramidNet(depth: 110, widening: 84, inputChannels: 3, heads: heads), 3.8),
      (.pyramidNet(depth: 164, widening: 270, form: .bottleneck, inputChannels: 3, heads: heads), 27.0),
    ] {
      let counted = Double(try network.cost(map: [1, 32, 32, 3]).parameters) / 1e6
      #expect(abs(counted - published) < 0.02 * published, "\(counted) million instead of \(published)")
    }
    // He et al. 2015, table 6.
    #expect(try millions(.resnet(depth: 56, inputChannels: 3, heads: heads)) == 0.9)
    #expect(try millions(.resnet(depth: 110, inputChannels: 3, heads: heads)) == 1.7)
  }
}
