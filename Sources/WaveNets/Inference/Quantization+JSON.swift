import KodamaCheckpoints
import KodamaCore

/// A quantization as it stands in `config.json`:
///
///     "quantization": {"scheme": "int4", "group_size": 32, "keep": {"blocks.0": "f32", "head": "int8"}}
///
/// with `group_size` where any layer has 4 bits, and always `InferenceLayer.groupSize`.
extension Quantization {
  /// The precisions that a scheme may name, in the order of falling bits.
  public static let schemes: [Precision] = [.bfloat16, .int8, .int4]

  /// The key in a configuration.
  static let key = "quantization"

  private var hasGroups: Bool { scheme == .int4 || kept.values.contains(.int4) }

  /// Reads the section of a configuration file.
  ///
  /// - Throws: `CheckpointFault`.
  init(_ file: Configuration, for configuration: WaveNetConfiguration) throws {
    let section = try file.section(Self.key, keys: ["scheme", "group_size", "keep"])
    self.init(try section.choice("scheme", among: Self.schemes))
    if section.has("keep") {
      let paths = Self.paths(of: configuration)
      let keep = try section.section("keep", keys: paths)
      for path in paths where keep.has(path) { kept[path] = try keep.choice(path) }
    }
    if hasGroups || section.has("group_size") {
      let size = try section.integer("group_size")
      if size != InferenceLayer.groupSize {
        throw CheckpointFault.wrongValue(
          path: file.path, key: Self.key + ".group_size", value: "\(size)", expected: "\(InferenceLayer.groupSize)")
      }
    }
  }

  /// The section of a configuration file.
  var json: JSON {
    var members = [JSON.Member("scheme", JSON(scheme.rawValue))]
    if hasGroups { members.append(JSON.Member("group_size", JSON(InferenceLayer.groupSize))) }
    if !kept.isEmpty {
      let entries = kept.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      members.append(JSON.Member("keep", .object(entries.map { JSON.Member($0.key, JSON($0.value.rawValue)) })))
    }
    return .object(members)
  }
}
