import KodamaLayers

// Residual networks of the literature, and a small one.

extension ClassificationNetwork where Self == ResidualNetwork {
  /// 18 layers of basic blocks for images; 11.7 million parameters.
  ///
  /// - Source: He et al. 2015, table 1.
  public static func resnet18(inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)) -> Self {
    .imageNetwork(.basic, [2, 2, 2, 2], inputChannels, heads)
  }

  /// 34 layers of basic blocks for images; 21.8 million parameters.
  ///
  /// - Source: He et al. 2015, table 1.
  public static func resnet34(inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)) -> Self {
    .imageNetwork(.basic, [3, 4, 6, 3], inputChannels, heads)
  }

  /// 50 layers of bottlenecks for images; 25.6 million parameters.
  ///
  /// - Source: He et al. 2015, table 1.
  public static func resnet50(inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)) -> Self {
    .imageNetwork(.bottleneck, [3, 4, 6, 3], inputChannels, heads)
  }

  /// 50 layers of bottlenecks, each twice as wide inside, for images; 68.9 million parameters.
  ///
  /// - Source: Zagoruyko and Komodakis 2016, table 8.
  public static func wideResNet50_2(
    inputChannels: Int = 3, heads: ClassificationHeads = .one(classes: 1000)
  ) -> Self {
    .imageNetwork(.bottleneck, [3, 4, 6, 3], widthPerGroup: 128, inputChannels, heads)
  }

  /// Four stages after the large stem.
  ///
  /// - Parameter widthPerGroup: channels inside the blocks of the first stage.
  private static func imageNetwork(
    _ form: ResidualNetwork.Form, _ blocks: [Int], widthPerGroup: Int = 64, _ inputChannels: Int,
    _ heads: ClassificationHeads
  ) -> Self {
    ResidualNetwork(
      inputChannels: inputChannels, stem: .large(channels: 64), form: form,
      stages: blocks.enumerated().map { index, count in
        .init(
          blocks: count, channels: (form == .bottleneck ? 256 : 64) << index, width: widthPerGroup << index,
          stride: index == 0 ? 1 : 2)
      }, heads: heads)
  }

  /// A residual network for small maps: three stages of basic blocks of 16, 32 and 64 channels.
  ///
  /// - Parameters:
  ///   - depth: 6n + 2 layers, n blocks in a stage.
  ///   - shortcut: `.none` for the plain network that it is compared with.
  /// - Source: He et al. 2015, §4.2; there shortcuts are padded with zeros.
  public static func resnet(
    depth: Int, order: ResidualNetwork.Order = .original, shortcut: ResidualNetwork.Shortcut = .zeroPadding,
    inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    .smallMaps(
      blocks: divided(depth - 2, by: 6, depth), factor: 1, order: order, shortcut: shortcut,
      stem: .small(channels: 16), inputChannels, heads)
  }

  /// A wide residual network for small maps: three stages of 16k, 32k and 64k channels, preactivation.
  ///
  /// - Parameters:
  ///   - depth: 6n + 4 layers, n blocks in a stage.
  ///   - factor: the widening k.
  /// - Source: Zagoruyko and Komodakis 2016, table 1; without dropout between convolutions.
  public static func wideResNet(
    depth: Int = 28, factor: Int = 10, inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    .smallMaps(
      blocks: divided(depth - 4, by: 6, depth), factor: Double(factor), order: .preactivation, shortcut: .projection,
      stem: .small(channels: 16), inputChannels, heads)
  }

  /// A pyramidal network for small maps: block k of N has ⌊16 + widening · k / N⌋ channels, four times that for
  /// bottlenecks, and shortcuts are padded with zeros.
  ///
  /// - Parameters:
  ///   - depth: 6n + 2 layers of basic blocks or 9n + 2 of bottlenecks, n blocks in a stage.
  ///   - widening: channels added over all blocks, α.
  /// - Source: Han et al. 2017, eq. 3; without the normalization of the stem, which the first block repeats.
  public static func pyramidNet(
    depth: Int, widening: Int, form: ResidualNetwork.Form = .basic, inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    let count = divided(depth - 2, by: form == .basic ? 6 : 9, depth)
    let widths = (1...3 * count).map { 16 + widening * $0 / (3 * count) }
    return ResidualNetwork(
      inputChannels: inputChannels, stem: .small(channels: 16), form: form, order: .pyramidal, shortcut: .zeroPadding,
      stages: (0..<3).map { stage in
        let own = Array(widths[stage * count..<(stage + 1) * count])
        return .init(channels: own.map { form == .basic ? $0 : 4 * $0 }, widths: own, stride: stage == 0 ? 1 : 2)
      }, heads: heads)
  }

  /// A network for log-mel maps with about 175,000 parameters: three stages of two basic blocks, after a stem with
  /// stride 2.
  ///
  /// - Parameter width: the factor of all numbers of channels.
  public static func smallResidual(
    width: Double = 1, inputChannels: Int = 1, heads: ClassificationHeads
  ) -> Self {
    .smallMaps(
      blocks: 2, factor: width, order: .original, shortcut: .projection,
      stem: .small(channels: 16.widened(by: width), stride: 2), inputChannels, heads)
  }

  private static func smallMaps(
    blocks: Int, factor: Double, order: ResidualNetwork.Order, shortcut: ResidualNetwork.Shortcut,
    stem: ResidualNetwork.Stem, _ inputChannels: Int, _ heads: ClassificationHeads
  ) -> Self {
    ResidualNetwork(
      inputChannels: inputChannels, stem: stem, order: order, shortcut: shortcut,
      stages: [16, 32, 64].enumerated().map { index, channels in
        .init(blocks: blocks, channels: channels.widened(by: factor), stride: index == 0 ? 1 : 2)
      }, heads: heads)
  }

  /// The number of blocks in a stage.
  ///
  /// - Precondition: the depth allows for one.
  private static func divided(_ layers: Int, by layersOfBlock: Int, _ depth: Int) -> Int {
    precondition(
      layers > 0 && layers % layersOfBlock == 0,
      "\(depth) layers do not divide into three stages of blocks; take \(depth - layers) + \(layersOfBlock) · n")
    return layers / layersOfBlock
  }
}
