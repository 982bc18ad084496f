import KodamaLayers

extension InferenceModel {
  /// What the precisions of the layers come down to; nil where all are in single precision. The scheme is the precision
  /// of the fewest bits that a layer has; kept are blocks, where all of a block's layers are alike, and layers.
  public var quantization: Quantization? {
    let present = Set(layers.map(\.precision))
    // The schemes stand in the order of falling bits.
    guard let scheme = Quantization.schemes.last(where: present.contains) else { return nil }
    var kept: [String: Precision] = [:]
    let groups = blocks.indices.map { ("blocks.\($0)", blocks[$0].layers) } + [("head", head)]
    for (path, layers) in groups {
      let precisions = Set(layers.map(\.precision))
      if precisions.count == 1, let precision = precisions.first {
        if precision != scheme { kept[path] = precision }
      } else {
        for layer in layers where layer.precision != scheme { kept[layer.path] = layer.precision }
      }
    }
    return Quantization(scheme, keeping: kept)
  }
}

extension WaveNet {
  /// The convolutions whose weights may have another precision, in the order in which they are computed.
  package var quantizableLayers: [Convolution] {
    blocks.flatMap { [$0.features, $0.dilated, $0.skip, $0.residual].compactMap { $0 } } + head
  }
}
