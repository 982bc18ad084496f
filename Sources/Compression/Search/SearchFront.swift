/// Choices of forms of which none costs less at no greater loss, found by a greedy search with a look-ahead of two
/// changes.
///
/// From the layers as they are, the search takes in turn the one or two changes that save most for each bit lost. All
/// choices that are up to two changes away from its path are looked at, and the best of all are kept. They do not depend
/// on a budget, so that a larger budget is never worse.
struct SearchFront: Sendable {
  /// What is saved.
  enum Cost: Sendable {
    case bytes, seconds
  }

  /// A choice for each group.
  struct Point: Sendable, Equatable {
    let choices: [Int]
    let estimate: SearchSpace.Estimate
    fileprivate let cost: Double
  }

  /// From the lowest cost to the lowest loss.
  private(set) var points: [Point] = []

  private let space: SearchSpace
  private let cost: Cost
  /// The sharing of two groups, by first · groups + second.
  private let sharing: [Int: SearchSpace.Sharing]

  /// Losses below this, in bits per sample, count as this where savings are compared.
  private static let leastLoss = 1e-6

  /// Searches a space.
  init(_ space: SearchSpace, saving cost: Cost) {
    (self.space, self.cost) = (space, cost)
    let count = space.groups.count
    sharing = Dictionary(
      uniqueKeysWithValues: space.sharings.flatMap {
        [($0.first * count + $0.second, $0), ($0.second * count + $0.first, $0)]
      })
    var state = [Int](repeating: 0, count: count)
    offer(state)
    while let next = step(from: state) { state = next }
  }

  /// The point of the least loss whose cost is at most a budget.
  func leastLoss(within budget: Double) -> Point? { points.last { $0.cost <= budget } }

  /// The point of the least cost whose loss is at most a limit.
  func leastCost(losing limit: Double) -> Point? { points.first { $0.estimate.loss <= limit } }

  private func value(_ estimate: SearchSpace.Estimate) -> Double {
    cost == .bytes ? Double(estimate.bytes) : estimate.seconds
  }

  // MARK: The search

  /// A change of one group.
  private struct Change {
    let group: Int
    let choice: Int
    /// By it alone.
    let cost: Double
    let loss: Double
  }

  /// The changes that save most for each bit lost; nil where none saves anything.
  private mutating func step(from state: [Int]) -> [Int]? {
    let base = space.estimate(state)
    let start = value(base)
    let changes = changes(from: state)
    var best: (efficiency: Double, choices: [Int])?
    func efficiency(_ cost: Double, _ loss: Double) -> Double { -cost / max(loss, Self.leastLoss) }
    for change in changes {
      offer(state, [change], cost: start + change.cost, loss: base.loss + change.loss)
      let value = efficiency(change.cost, change.loss)
      if change.cost < 0, value > best?.efficiency ?? 0 { best = (value, Self.changed(state, [change])) }
    }
    for (index, first) in changes.enumerated() {
      for second in changes[(index + 1)...] where second.group != first.group {
        let (cost, loss) = (first.cost + second.cost + together(first, second, state), first.loss + second.loss)
        offer(state, [first, second], cost: start + cost, loss: base.loss + loss)
        // Two changes that have nothing in common are no better than the better one of them.
        if cost < 0, efficiency(cost, loss) > (best?.efficiency ?? 0) * (1 + 1e-9) {
          best = (efficiency(cost, loss), Self.changed(state, [first, second]))
        }
      }
    }
    return best?.choices
  }

  private func changes(from state: [Int]) -> [Change] {
    space.groups.indices.flatMap { group in
      let (choices, present) = (space.groups[group], space.groups[group][state[group]])
      return choices.indices.filter { $0 != state[group] }.map { index in
        let choice = choices[index]
        var difference =
          cost == .bytes ? Double(choice.bytes - present.bytes) : choice.seconds - present.seconds
        if cost == .seconds {
          for sharing in space.sharings where sharing.first == group || sharing.second == group {
            let other = sharing.first == group ? sharing.second : sharing.first
            let neighbor = space.groups[other][state[other]]
            difference -= sharing.saved(choice, neighbor) - sharing.saved(present, neighbor)
          }
        }
        return Change(group: group, choice: index, cost: difference, loss: choice.loss - present.loss)
      }
    }
  }

  /// The cost of two changes together less those of each alone: of groups with common inputs.
  private func together(_ a: Change, _ b: Change, _ state: [Int]) -> Double {
    guard cost == .seconds, let sharing = sharing[a.group * space.groups.count + b.group] else { return 0 }
    let (groupA, groupB) = (space.groups[a.group], space.groups[b.group])
    let (oldA, oldB, newA, newB) = (
      groupA[state[a.group]], groupB[state[b.group]], groupA[a.choice], groupB[b.choice]
    )
    let (none, first, second) = (
      sharing.saved(oldA, oldB), sharing.saved(newA, oldB), sharing.saved(oldA, newB)
    )
    return first + second - none - sharing.saved(newA, newB)
  }

  private static func changed(_ state: [Int], _ changes: [Change]) -> [Int] {
    var state = state
    for change in changes { state[change.group] = change.choice }
    return state
  }

  // MARK: The front

  /// Keeps a choice unless another is better; costs in advance, so that few are written out.
  private mutating func offer(_ state: [Int], _ changes: [Change], cost: Double, loss: Double) {
    if isDominated(cost: cost, loss: loss) { return }
    offer(Self.changed(state, changes))
  }

  private mutating func offer(_ choices: [Int]) {
    let estimate = space.estimate(choices)
    let cost = value(estimate)
    if isDominated(cost: cost, loss: estimate.loss) { return }
    let index = place(of: cost)
    var end = index
    while end < points.count && points[end].estimate.loss >= estimate.loss { end += 1 }
    points.replaceSubrange(index..<end, with: [Point(choices: choices, estimate: estimate, cost: cost)])
  }

  private func isDominated(cost: Double, loss: Double) -> Bool {
    let index = place(of: cost)
    if index > 0 && points[index - 1].estimate.loss <= loss { return true }
    return index < points.count && points[index].cost == cost && points[index].estimate.loss <= loss
  }

  /// The first point that does not cost less.
  private func place(of cost: Double) -> Int {
    var (low, high) = (0, points.count)
    while low < high {
      let middle = (low + high) / 2
      if points[middle].cost < cost { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
