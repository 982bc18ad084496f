import KodamaCheckpoints
import KodamaCore
import KodamaLayers

/// Which layers of a model have which precision: one scheme, and the layers that are kept in another.
///
/// Layers are named by dotted paths, such as `blocks.3.dilated`. An entry of `kept` is for the layer of that path and
/// all below it, and the longest one that fits a layer counts: `blocks.0` is for the layers of the first block,
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

  /// The precision of a layer of a graph: single, unless the layer is quantizable.
  package func precision(of layer: StepGraph.Layer) -> Precision {
    layer.isQuantizable ? precision(of: layer.path) : .float32
  }

  /// All paths that lead to layers or to several of them, in the order of the layers.
  ///
  /// - Parameter layers: the paths of the layers that may be quantized.
  package static func paths(ofLayers layers: [String]) -> [String] {
    var (paths, seen) = ([String](), Set<String>())
    for layer in layers {
      for path in prefixes(of: layer) where seen.insert(path).inserted { paths.append(path) }
    }
    return paths
  }

  /// What the precisions of layers amount to; nil where all are in single precision. The scheme is the precision of the
  /// fewest bits that a layer has; kept are groups, such as blocks, where all layers below one path are alike, and layers.
  ///
  /// - Parameter layers: the quantizable layers of a graph, in their order.
  package init?(of layers: [InferenceLayer]) {
    let present = Set(layers.map(\.precision))
    guard let scheme = Precision.schemes.last(where: present.contains) else { return nil }
    self.init(scheme)
    let groups = Dictionary(grouping: layers) { Self.prefixes(of: $0.path).dropLast().last ?? $0.path }
    for (path, group) in groups {
      // A group may have groups of layers below it.
      let precisions = Set(layers.filter { $0.path == path || $0.path.hasPrefix(path + ".") }.map(\.precision))
      if precisions.count == 1, let precision = precisions.first {
        if precision != scheme { kept[path] = precision }
      } else {
        for layer in group where layer.precision != scheme { kept[layer.path] = layer.precision }
      }
    }
  }

  /// `a`, `a.b` and `a.b.c` of `a.b.c`.
  private static func prefixes(of path: String) -> [String] {
    path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) } + [path]
  }
}

extension Quantization {
  /// Text such as "int4; f32: head; int8: blocks.0, blocks.19".
  package var text: String {
    let kept = Precision.allCases.compactMap { precision -> String? in
      let paths = self.kept.filter { $0.value == precision }.map(\.key)
      if paths.isEmpty { return nil }
      let order = { (path: String) in Int(path.split(separator: ".").dropFirst().first ?? "") ?? 0 }
      return precision.rawValue + ": " + paths.sorted { (order($0), $0) < (order($1), $1) }.joined(separator: ", ")
    }
    return ([scheme.rawValue] + kept).joined(separator: "; ")
  }
}

/// The section of `config.json`:
///
///     "quantization": {"scheme": "int4", "group_size": 32, "keep": {"blocks.0": "f32", "head": "int8"}}
///
/// with `group_size` where any layer has groups, and always `Precision.groupSize`.
extension Quantization {
  /// The key in a configuration.
  package static let key = "quantization"

  private var hasGroups: Bool { scheme.hasGroups || kept.values.contains(where: \.hasGroups) }

  /// Reads the section of a configuration file.
  ///
  /// - Parameter layers: the paths of the layers that may be quantized.
  /// - Throws: `CheckpointFault`.
  package init(_ file: Configuration, layers: [String]) throws {
    let section = try file.section(Self.key, keys: ["scheme", "group_size", "keep"])
    self.init(try section.choice("scheme", among: Precision.schemes))
    if section.has("keep") {
      let paths = Self.paths(ofLayers: layers)
      let keep = try section.section("keep", keys: paths)
      for path in paths where keep.has(path) { kept[path] = try keep.choice(path) }
    }
    if hasGroups || section.has("group_size") {
      let size = try section.integer("group_size")
      if size != Precision.groupSize {
        throw CheckpointFault.wrongValue(
          path: file.path, key: Self.key + ".group_size", value: "\(size)", expected: "\(Precision.groupSize)")
      }
    }
  }

  /// The section of a configuration file.
  package var json: JSON {
    var members = [JSON.Member("scheme", JSON(scheme.rawValue))]
    if hasGroups { members.append(JSON.Member("group_size", JSON(Precision.groupSize))) }
    if !kept.isEmpty {
      let entries = kept.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      members.append(JSON.Member("keep", .object(entries.map { JSON.Member($0.key, JSON($0.value.rawValue)) })))
    }
    return .object(members)
  }
}
