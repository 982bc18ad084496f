import KodamaCore
import KodamaInference

/// Layers that get one form together, because choosing for each alone would take too long.
struct LayerGroup: Sendable, Equatable {
  /// A path, or of several layers one such as `blocks.0-4.dilated`.
  let name: String
  /// What the layers have in common: a path with `*` in place of numbers of blocks.
  let kind: String
  /// Their paths.
  let paths: [String]

  /// The most groups that a search chooses for.
  static let limit = 24

  /// Each layer by itself, or of more layers than `limit` runs of one kind, as equal in length as they can be.
  static func groups(of paths: [String], limit: Int = limit) -> [LayerGroup] {
    let kinds = Dictionary(grouping: paths, by: kind)
    let order = paths.map(kind).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let singles = kinds.values.count { $0.count == 1 }
    let runs = max(1, (limit - singles) / max(1, kinds.count - singles))
    return order.flatMap { kind in
      let members = kinds[kind] ?? []
      let parts = paths.count <= limit ? members.count : min(members.count, runs)
      return (0..<parts).map { part in
        let run = Array(members[Workers.range(of: part, parts: parts, count: members.count)])
        return LayerGroup(name: name(run), kind: kind, paths: run)
      }
    }
  }

  private static func kind(_ path: String) -> String {
    // A number is part of the kind in a head, not in blocks.
    let parts = path.split(separator: ".")
    return parts.enumerated().map { $0 < parts.count - 1 && Int($1) != nil ? "*" : String($1) }.joined(separator: ".")
  }

  private static func name(_ run: [String]) -> String {
    guard let first = run.first, let last = run.last, run.count > 1 else { return run.first ?? "" }
    return zip(first.split(separator: "."), last.split(separator: ".")).map { $0 == $1 ? "\($0)" : "\($0)-\($1)" }
      .joined(separator: ".")
  }
}
