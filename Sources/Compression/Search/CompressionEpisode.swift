import KodamaCore
import KodamaLayers
import KodamaReinforcement
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The choice of a form for each group of a space as an episode: the groups in their order, with an action for each.
///
/// The episode has a budget, and its choices keep it: one that would leave the rest of the groups less than their cheapest
/// forms cost is out of reach. The reward of the last step is −ln(loss + 10⁻⁴) / 4 of the loss that the space estimates,
/// all others are 0: of two budgets with losses of different magnitudes both count.
///
/// - Source: He et al. 2018, "AMC: AutoML for model compression and acceleration on mobile devices", §3 (layers in order,
///   actions limited to what the budget can still meet) and Wang et al. 2019, "HAQ: hardware-aware automated quantization
///   with mixed precision", §3 (precisions, measured costs). Unlike there, actions are forms and not continuous, and
///   budgets vary, so that one policy has a front.
struct CompressionEpisode: DiscreteActions {
  /// What is chosen among; losses may be corrected.
  var space: SearchSpace
  /// The budget of episodes; nil for one by chance from `budgets`, another in each.
  var budget: Double?
  /// From the cheapest forms to the forms as they are, or to a little more where these are the cheapest.
  let budgets: ClosedRange<Double>
  let actionCount: Int
  /// The choices so far.
  private(set) var choices: [Int] = []

  /// The cost of each choice, without what groups with common inputs save.
  private let costs: [[Double]]
  private let fixedCost: Double
  /// The cost of the cheapest, and of the first, choices of the groups from each on.
  private let cheapest, first: [Double]
  /// The share of the bytes of all groups.
  private let weights: [Double]
  /// The pairs with common inputs, by the later group.
  private let sharings: [[SearchSpace.Sharing]]
  private var spent = 0.0
  private var limit = 0.0

  /// Numbers that describe an action.
  static let features = 8
  private static let leastLoss = 1e-4

  /// - Precondition: at least one group, and a choice for each.
  init(_ space: SearchSpace, saving cost: SearchFront.Cost) {
    precondition(!space.groups.isEmpty && space.groups.allSatisfy { !$0.isEmpty }, "no choices")
    self.space = space
    costs = space.groups.map { $0.map { cost == .bytes ? Double($0.bytes) : $0.seconds } }
    fixedCost = cost == .bytes ? Double(space.fixedBytes) : space.fixedSeconds
    func sums(_ values: [Double]) -> [Double] {
      var sums = [Double](repeating: 0, count: values.count + 1)
      for index in values.indices.reversed() { sums[index] = sums[index + 1] + values[index] }
      return sums
    }
    cheapest = sums(costs.map { $0.min() ?? 0 })
    first = sums(costs.map { $0[0] })
    let bytes = space.groups.map { Double($0[0].bytes) }
    let all = max(1, bytes.reduce(0, +))
    weights = bytes.map { $0 / all }
    sharings = space.groups.indices.map { group in
      cost == .bytes ? [] : space.sharings.filter { max($0.first, $0.second) == group }
    }
    actionCount = space.groups.reduce(0) { max($0, $1.count) }
    budgets = fixedCost + cheapest[0]...fixedCost + max(first[0], cheapest[0])
  }

  mutating func reset(using random: inout Philox) -> [Float] {
    (choices, spent) = ([], fixedCost)
    let share = random.uniform()
    limit = budget ?? budgets.lowerBound + share * (budgets.upperBound - budgets.lowerBound)
    return observation
  }

  mutating func step(_ action: Int, using random: inout Philox) -> Transition<[Float]> {
    let (group, choice) = (choices.count, reachable(action))
    spent += cost(choice)
    choices.append(choice)
    if group < space.groups.count - 1 { return Transition(observation, reward: 0) }
    return Transition(
      [Float](repeating: 0, count: Self.features * actionCount), reward: Self.reward(space.estimate(choices).loss),
      ending: .terminal)
  }

  private static func reward(_ loss: Double) -> Double { -log(loss + leastLoss) / 4 }

  /// The cost of a choice of the present group, with what it saves beside those before.
  private func cost(_ choice: Int) -> Double {
    let group = choices.count
    return sharings[group].reduce(costs[group][choice]) { cost, sharing in
      let other = min(sharing.first, sharing.second)
      return cost - sharing.saved(space.groups[other][choices[other]], space.groups[group][choice])
    }
  }

  /// Whether the rest can keep the budget after a choice, but for rounding.
  private func isReachable(_ choice: Int) -> Bool {
    spent + cost(choice) + cheapest[choices.count + 1] <= limit + 1e-9 * abs(limit)
  }

  /// The choice of an action: where it is out of reach, the dearest within reach, or the cheapest where none is.
  private func reachable(_ action: Int) -> Int {
    let all = space.groups[choices.count].indices
    let choice = min(action, all.count - 1)
    if isReachable(choice) { return choice }
    func dearer(_ a: Int, _ b: Int) -> Bool { cost(a) < cost(b) }
    return all.filter(isReachable).max(by: dearer) ?? all.min(by: dearer) ?? 0
  }

  /// The numbers of each action: the place of the group, what is left of the budget, as a share of all that can be
  /// saved and of what the rest of the groups would take, the share of the weights, and of the choice its loss, its cost, the
  /// part of what is left that it takes, and whether it is within reach.
  private var observation: [Float] {
    let (group, count) = (choices.count, space.groups.count)
    let range = max(first[0] - cheapest[0], 1e-12 * max(1, abs(first[0])), .leastNormalMagnitude)
    let extra = max(0, limit - spent - cheapest[group])
    let demand = max(first[group] - cheapest[group], range * 1e-9)
    let (least, part) = (costs[group].min() ?? 0, max(extra, range * 1e-9))
    let place = Double(group) / Double(count)
    let state: [Double] = [place, extra / range, min(1.5, extra / demand), weights[group]]
    var row: [Float] = []
    row.reserveCapacity(Self.features * actionCount)
    for action in 0..<actionCount {
      let choice = min(action, space.groups[group].count - 1)
      let dearer = cost(choice) - least
      let loss = log(space.groups[group][choice].loss + Self.leastLoss) / 4 + 1
      let isWithinReach = action == choice && isReachable(choice)
      let own: [Double] = [loss, dearer / range * Double(count), min(2, dearer / part), isWithinReach ? 1 : 0]
      let numbers = state + own
      row += numbers.map { Float(max(-10, min(10, $0))) }
    }
    return row
  }
}

/// Rows of numbers as they are.
struct RowInput: NetworkInput {
  let count: Int

  func append(_ observation: [Float], to rows: inout [Float]) { rows += observation }
}

/// A network that gives each action a number by its features, with the same weights for all actions. Those that are out of
/// reach, whose last feature is 0, get 20 less.
///
/// - Parameters in checkpoints: those of a `MultilayerPerceptron`.
struct ActionScores: RowNetwork {
  let features: Int
  let outputs: Int
  private let scores: MultilayerPerceptron

  /// - Parameters:
  ///   - features: numbers of an action, at least two.
  ///   - actions: the number of actions.
  init(_ path: String, features: Int, actions: Int, hidden: Int) {
    (self.features, outputs) = (features, actions)
    scores = MultilayerPerceptron(path, [features, hidden, hidden, 1], outputScale: 0.1)
  }

  var inputs: Int { features * outputs }
  var declarations: [ParameterDeclaration] { scores.declarations }

  /// - Shapes: [rows, actions · features] → [rows, actions].
  func forward<S: Scalar>(_ x: Variable<S>, _ pass: Pass<S>) -> Variable<S> {
    let count = x.shape.count / features
    let rows = x.reshaped([count, features])
    let reach = (rows.sliced(axis: -1, features - 1..<features) + S(-1)) * S(20)
    return (scores.forward(rows, pass) + reach).reshaped([count / outputs, outputs])
  }
}
