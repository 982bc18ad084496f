import KodamaLayers

/// Which layers of a model have which precision: one scheme, and the layers that are kept in another.
///
/// Layers are named by dotted paths, such as `blocks.3.dilated`. An entry of `kept` is for the layer of that path and
/// all below it, and the longest one that fits a layer counts: `blocks.0` is for the three layers of the first block,
/// `blocks` for all blocks, `head` for both layers of the head.
public struct Quantization: Sendable, Equatable {
  /// The precision of all layers that are not kept.
  public var scheme: Precision
  /// Paths and their precisions.
  public var kept: [String: Precision]

  /// A scheme, and what is kept from it.
  public init(_ scheme: Precision, keeping kept: [String: Precision] = [:]) {
    self.scheme = scheme
    self.kept = kept
  }

  /// The precision of the layer at a path.
  public func precision(of path: String) -> Precision {
    Self.prefixes(of: path).reversed().lazy.compactMap { kept[$0] }.first ?? scheme
  }

  /// All paths that lead to layers or to several of them, in the order of the layers.
  public static func paths(of configuration: WaveNetConfiguration) -> [String] {
    var (paths, seen) = ([String](), Set<String>())
    for layer in WaveNet(configuration).quantizableLayers {
      for path in prefixes(of: layer.weight.path) where seen.insert(path).inserted { paths.append(path) }
    }
    return paths
  }

  /// `a`, `a.b` and `a.b.c` of `a.b.c`.
  private static func prefixes(of path: String) -> [String] {
    path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) } + [path]
  }
}

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
