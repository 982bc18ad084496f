import KodamaCore
import KodamaLayers
import KodamaTensors

@testable import KodamaNetworks

/// Small networks of every kind, by name.
enum Examples {
  static let heads = ClassificationHeads.named([
    ClassificationHead(path: "heads.digit", classes: 3), ClassificationHead(path: "heads.speaker", classes: 2),
  ])

  static let residual: [String: ResidualNetwork] = {
    var result: [String: ResidualNetwork] = [:]
    let orders: [(String, ResidualNetwork.Order)] = [
      ("original", .original), ("preactivation", .preactivation), ("pyramidal", .pyramidal),
    ]
    let forms: [(String, ResidualNetwork.Form)] = [("basic", .basic), ("bottleneck", .bottleneck)]
    let shortcuts: [(String, ResidualNetwork.Shortcut)] = [
      ("projection", .projection), ("zero padding", .zeroPadding), ("no shortcut", .none),
    ]
    for (order, form, shortcut) in orders.flatMap({ a in forms.flatMap { b in shortcuts.map { (a, b, $0) } } }) {
      result["residual, \(order.0), \(form.0), \(shortcut.0)"] = ResidualNetwork(
        inputChannels: 2, stem: .small(channels: 3), form: form.1, order: order.1, shortcut: shortcut.1,
        stages: [.init(blocks: 2, channels: 3, stride: 1), .init(channels: [4, 6], widths: [5, 3], stride: 2)],
        heads: heads)
    }
    return result
  }()

  static let all: [String: any ClassificationNetwork] = {
    var result: [String: any ClassificationNetwork] = residual
    result["residual, large stem"] = ResidualNetwork(
      inputChannels: 2, stem: .large(channels: 3), order: .preactivation,
      stages: [.init(blocks: 1, channels: 3, stride: 1)], heads: heads)
    result["dense"] = DenseNetwork(
      inputChannels: 2, stem: .small(), stemChannels: 3, growthRate: 2, blockSizes: [2, 2], bottleneck: 2,
      heads: heads)
    result["dense, no bottleneck"] = DenseNetwork(
      inputChannels: 2, stem: .large, stemChannels: 3, growthRate: 2, blockSizes: [2, 1], bottleneck: nil,
      compression: 0.7, heads: heads)
    result["mobile, version 1"] = MobileNetworkV1(
      inputChannels: 2, stemChannels: 3, blocks: [.init(channels: 4), .init(channels: 5, stride: 2)], heads: heads)
    result["mobile, version 2"] = MobileNetworkV2(
      inputChannels: 2, stemChannels: 8,
      stages: [
        .init(expansion: 1, channels: 8, blocks: 1, stride: 1), .init(expansion: 2, channels: 8, blocks: 2, stride: 2),
      ], lastChannels: 8, dropout: 0, heads: heads)
    result["mobile, version 2, silu"] = MobileNetworkV2(
      inputChannels: 2, stemChannels: 8, stages: [.init(expansion: 2, channels: 8, blocks: 1, stride: 1)],
      lastChannels: 8, activation: .silu, dropout: 0, heads: heads)
    result["vgg"] = VGGNetwork(inputChannels: 2, stages: [[3], [4, 3]], dropout: 0, heads: heads)
    result["vgg, perceptron"] = VGGNetwork(
      inputChannels: 2, stages: [[3], [2]], summary: .perceptron(size: 2, width: 5), dropout: 0, heads: heads)
    return result
  }()

  /// Presets for log-mel maps, by name.
  static let small: [String: any ClassificationNetwork] = {
    let heads = ClassificationHeads.one(classes: 10)
    let (mobile, residual) = (MobileNetworkV2.smallMobile(heads: heads), ResidualNetwork.smallResidual(heads: heads))
    let (dense, plain) = (DenseNetwork.smallDense(heads: heads), VGGNetwork.smallVGG(heads: heads))
    return ["mobile": mobile, "residual": residual, "dense": dense, "vgg": plain]
  }()

  /// Normally distributed numbers.
  static func map<S: Scalar>(_ shape: Shape, seed: UInt64 = 7) -> Tensor<S> {
    var random = Philox(seed: seed)
    return Tensor(shape, (0..<shape.count).map { _ in S(random.normal()) })
  }

  /// Initial parameters, but for running statistics and affine transforms, which are random.
  static func parameters<S: Scalar>(_ network: any ClassificationNetwork, as type: S.Type = S.self) -> Parameters<S> {
    var (result, random) = (Parameters<S>(network.declarations, seed: 3), Philox(seed: 5))
    for declaration in network.declarations where declaration.shape.rank == 1 {
      let isPositive = declaration.name.hasSuffix("running_var") || declaration.name.hasSuffix("weight")
      result[declaration.name] = Tensor(
        declaration.shape,
        (0..<declaration.shape.count).map { _ in S(isPositive ? 0.5 + random.uniform() : 0.3 * random.normal()) })
    }
    return result
  }
}
