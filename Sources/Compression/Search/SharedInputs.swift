import KodamaInference
import KodamaLayers

/// The groups of a search whose layers take the same inputs, which are brought into the form of their products once
/// where they have it in common.
struct SharedInputs {
  /// Two kinds of layers.
  struct Pair: Hashable {
    let first, second: String
  }

  /// The forms of layers, one for each form of inputs: single precision first.
  static let operands = LayerForm.all.filter { $0.sparsity == 0 }.reduce(into: [LayerForm]()) { forms, form in
    if !forms.contains(where: { $0.precision.operand == form.precision.operand }) { forms.append(form) }
  }

  /// The index of the form of a precision's inputs in `operands`.
  static func operand(of precision: Precision) -> Int {
    operands.firstIndex { $0.precision.operand == precision.operand } ?? 0
  }

  /// Pairs of kinds with common inputs.
  private(set) var kinds: [Pair] = []
  /// The numbers of common inputs of two groups, the first one's index being the lower.
  private var common: [(first: Int, second: Int, count: Int)] = []
  private let groups: [LayerGroup]

  init(_ search: CompressionSearch) {
    groups = search.groups
    let graph = search.original.network.graph
    let inputs = Dictionary(uniqueKeysWithValues: zip(graph.layers.map(\.path), graph.layerInputs))
    let values = groups.map { group in Set(group.paths.compactMap { inputs[$0] }) }
    for first in groups.indices {
      for second in groups.indices where second > first && groups[first].kind != groups[second].kind {
        let count = values[first].intersection(values[second]).count
        if count == 0 { continue }
        common.append((first, second, count))
        let pair = pair(first, second)
        if !kinds.contains(pair) { kinds.append(pair) }
      }
    }
  }

  private func pair(_ first: Int, _ second: Int) -> Pair {
    let kinds = [groups[first].kind, groups[second].kind].sorted()
    return Pair(first: kinds[0], second: kinds[1])
  }

  /// What pairs of groups save, from what pairs of kinds do, in proportion to common inputs.
  ///
  /// - Parameter seconds: by the form of the inputs.
  func sharings(_ seconds: (Pair) -> [Int: Double]) -> [SearchSpace.Sharing] {
    common.map { entry in
      let pair = pair(entry.first, entry.second)
      let all = common.reduce(0) { $0 + (self.pair($1.first, $1.second) == pair ? $1.count : 0) }
      let share = Double(entry.count) / Double(all)
      return SearchSpace.Sharing(
        first: entry.first, second: entry.second, seconds: seconds(pair).mapValues { $0 * share })
    }
  }
}
