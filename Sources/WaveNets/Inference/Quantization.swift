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
