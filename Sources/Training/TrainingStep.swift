import KodamaCore
import KodamaLayers
import KodamaTensors

/// Takes one step: forward and backward passes over its batches, reduction over processes, clipping, the optimizer.
final class TrainingStep {
  /// The measures of a step.
  struct Result {
    /// The means of the task's measures.
    let values: [Double]
    let learningRate: Double
    /// The norm of the gradients before clipping.
    let gradientNorm: Double
  }

  /// The part of a step that was not finite.
  enum NotFinite: Error {
    /// The loss or its gradients, of the weights before the step.
    case loss
    /// The weights, their average or the optimizer's state after the step.
    case state
  }

  private let plan: TrainingPlan
  private let trainedRows: TrainedRows?
  private let pruner: Pruner?
  private let rounder: WeightRounder?
  private let reduction: (any StepReduction)?
  private let division: (any DividedNetwork)?
  private let server: (any GradientServer)?
  /// The gradients of the parts of this process's share of a wave, and after them those of earlier waves.
  private var arenas: [ParameterArena] = []
  private let workspace: Workspace
  private let measures: TaskMeasures
  private let examplesPerPass: Int
  /// Reads a batch; the result computes its loss in a pass.
  private let batch: (_ numbers: Range<Int>, _ weights: Parameters<Float>) throws -> (Pass<Float>) -> BatchLoss

  /// Steps of a task.
  init<Batch>(
    _ task: some TrainingTask<Batch>, _ source: some ExampleSource<Batch>, plan: TrainingPlan,
    reduction: (any StepReduction)? = nil, division: (any DividedNetwork)? = nil,
    server: (any GradientServer)? = nil, workspace: Workspace
  ) {
    self.plan = plan
    (self.reduction, self.division, self.server) = (reduction, division, server)
    self.workspace = workspace
    trainedRows = task.trainedRows
    pruner = plan.pruning.map { Pruner($0, task.declarations.filter { !plan.isFrozen($0.name) }) }
    rounder = plan.rounding.map { WeightRounder($0, task.declarations) }
    measures = task.measures
    examplesPerPass = task.examplesPerPass
    batch = { numbers, weights in
      let batch = try source.batch(numbers, of: weights)
      return { task.loss(batch, $0) }
    }
  }

  /// Takes one step.
  ///
  /// - Throws: `NotFinite`, after which the state is invalid; what reading batches and reduction throw.
  func take(_ state: inout TrainingState) throws -> Result {
    var rate = plan.learningRates.rate(atStep: state.step) * state.rateFactor
    team?.beginStep()
    let parts = parts(from: state.examplesDrawn)
    let weights = rounded(state).parameters
    var totals: StepTotals
    if let server {
      let served = try server.next(weights, step: state.step, examplesDrawn: state.examplesDrawn)
      if plan.cooperation?.isStalenessAware == true { rate /= Double(max(1, served.staleness)) }
      totals = StepTotals(served.numbers, served.gradients)
    } else if let reduction, isLocal {
      totals = try added(reduction.share(ofParts: parts.count), of: parts, step: state.step, weights)
    } else if let reduction {
      totals = try reduced(by: reduction, parts, from: state.examplesDrawn, step: state.step, weights)
    } else {
      totals = try added(parts.indices, of: parts, step: state.step, weights)
      if let division { totals.values = try division.added(totals.values.map { division.hasMeasures ? $0 : 0 }) }
    }
    state.examplesDrawn += plan.examplesPerStep
    if parts.count > 1 { totals.gradients.scale(by: 1 / Float(totals.weight)) }
    // The norm is that of the trained rows.
    trainedRows?.restore(&totals.gradients, from: totals.gradients.zeros)
    let norm = try division?.norm(of: totals.gradients) ?? totals.gradients.norm
    if plan.clipNorm > 0 { totals.gradients.clip(norm: plan.clipNorm, from: norm) }
    let values = totals.values.map { $0 / totals.weight }
    // Of local steps all processes notice it together, when their weights are averaged.
    guard isLocal || values[0].isFinite && norm.isFinite else { throw NotFinite.loss }
    state.takeStep(
      totals.gradients, learningRate: Float(rate), state: totals.state, training: trainedRows,
      pruning: pruner, workers: workspace.workers)
    guard try isLocal || isFinite(state) else { throw NotFinite.state }
    return Result(values: values, learningRate: rate, gradientNorm: norm)
  }

  /// The processes that take the same steps; nil for one, or a server.
  private var team: (any ProcessTeam)? { reduction ?? division }

  /// Whether all numbers of a state are finite, in all processes.
  private func isFinite(_ state: TrainingState) throws -> Bool {
    guard let division else { return state.isFinite }
    return try !division.any([!state.isFinite])[0]
  }

  /// Whether processes take steps by themselves.
  private var isLocal: Bool { reduction != nil && plan.cooperation?.mode == .local }

  /// The examples of each part of a step; of local and shared steps there are enough for all processes.
  private func parts(from first: Int) -> [Range<Int>] {
    plan.parts(from: first, examplesPerPass: examplesPerPass, processes: reduction?.processes ?? 1)
  }

  /// Averages the states of local steps.
  ///
  /// - Throws: `NotFinite`; what the reduction throws.
  func average(_ state: inout TrainingState) throws {
    guard let reduction else { return }
    let arena = arenas.first ?? ParameterArena(like: state.parameters)
    if arenas.isEmpty { arenas = [arena] }
    try state.forEachNumbers { numbers in
      arena.copy(numbers)
      try reduction.add(arena)
      var averaged = arena.parameters(like: numbers)
      averaged.scale(by: 1 / Float(reduction.processes))
      // A mean of equal numbers is rounded.
      for name in numbers.names where numbers.layout.role(of: name) == .frozen { averaged[name] = numbers[name] }
      trainedRows?.restore(&averaged, from: numbers)
      numbers = averaged
    }
    guard state.isFinite else { throw NotFinite.state }
  }

  /// Computes the gradients of a step for another process.
  ///
  /// - Returns: the number of measured elements, and each measure summed over them.
  func compute(
    _ weights: Parameters<Float>, step: Int, firstExample: Int, into gradients: ParameterArena
  ) throws -> [Double] {
    let parts = parts(from: firstExample)
    let totals = try added(parts.indices, of: parts, step: step, weights)
    gradients.copy(totals.gradients)
    return [totals.weight] + totals.values
  }

  /// The state with the weights that the network computes with: rounded where the plan has it so.
  func rounded(_ state: TrainingState) -> TrainingState {
    rounder.map { state.rounded(by: $0, workers: workspace.workers) } ?? state
  }

  /// The totals of some of the parts, computed by this process.
  private func added(
    _ numbers: Range<Int>, of parts: [Range<Int>], step: Int, _ weights: Parameters<Float>
  ) throws -> StepTotals {
    var totals: StepTotals?
    // The forward passes whose backward pass is to come.
    var ahead: [(pass: Pass<Float>, loss: BatchLoss)] = []
    func finishFirst() {
      let (pass, found) = ahead.removeFirst()
      var gradients = pass.gradients(of: found.loss)
      // The loss of a single part is its mean already.
      if parts.count > 1 { gradients.scale(by: Float(found.weight)) }
      let part = StepTotals(
        weight: found.weight, values: found.values.map { $0 * found.weight }, gradients: gradients,
        state: pass.stateUpdates)
      if totals?.add(part) == nil { totals = part }
    }
    for number in numbers {
      try team?.check()
      ahead.append(try measure(number, of: parts, step: step, weights, after: totals?.state ?? [:]))
      if ahead.count > division?.partsAhead ?? 0 { finishFirst() }
    }
    while !ahead.isEmpty { finishFirst() }
    return totals!
  }

  /// The totals of all parts, of which this process computes its share of each wave.
  private func reduced(
    by reduction: any StepReduction, _ parts: [Range<Int>], from first: Int, step: Int, _ weights: Parameters<Float>
  ) throws -> StepTotals {
    let waves = plan.waves(from: first, examplesPerPass: examplesPerPass, processes: reduction.processes)
    var (sums, updates, done) = ([Double](), [String: Tensor<Float>](), 0)
    for (index, wave) in waves.enumerated() {
      let numbers = try add(
        wave, from: done, of: parts, by: reduction, step: step, weights, isFirst: index == 0, updates: &updates)
      for part in numbers { sums = sums.isEmpty ? part : zip(sums, part).map(+) }
      done += wave.count
    }
    var totals = StepTotals(sums, arenas[0])
    totals.state = try mean(updates, reduction)
    return totals
  }

  /// Adds the gradients of a wave to those of the waves before it, in the first arena.
  ///
  /// - Returns: the weight and the measures of each of its parts.
  private func add(
    _ wave: [Range<Int>], from first: Int, of parts: [Range<Int>], by reduction: any StepReduction,
    step: Int, _ weights: Parameters<Float>, isFirst: Bool, updates: inout [String: Tensor<Float>]
  ) throws -> [[Double]] {
    let share = reduction.share(ofParts: wave.count)
    while arenas.count < share.count + 1 { arenas.append(ParameterArena(like: weights)) }
    // The sum is in the first arena, and goes on to the last.
    if !isFirst { arenas.swapAt(0, arenas.count - 1) }
    reduction.begin(Array(arenas[..<share.count]), after: isFirst ? nil : arenas.last)
    var numbers: [[Double]] = []
    for (index, number) in share.enumerated() {
      let (pass, found) = try measure(first + number, of: parts, step: step, weights, after: updates)
      updates.merge(pass.stateUpdates) { $1 }
      try arenas[index].fill(pass, of: found.loss, factor: parts.count > 1 ? Float(found.weight) : 1) {
        // Those of earlier parts are complete.
        try reduction.isFinal(index == share.count - 1 ? $0 : 0..<0)
      }
      numbers.append([found.weight] + found.values.map { $0 * found.weight })
    }
    return try reduction.finish(numbers, ofParts: wave.count)
  }

  /// The mean of the processes' states, such as running means, each of which follows from its own parts.
  private func mean(
    _ state: [String: Tensor<Float>], _ reduction: any StepReduction
  ) throws -> [String: Tensor<Float>] {
    if state.isEmpty { return [:] }
    let (names, processes) = (state.keys.sorted(), reduction.processes)
    let own = names.flatMap { state[$0]!.elements.map(Double.init) }
    // Each process has a place of its own, so that the order of the sum does not matter.
    let rank = reduction.share(ofParts: processes).lowerBound
    var all = [Double](repeating: 0, count: processes * own.count)
    all.replaceSubrange(rank * own.count..<(rank + 1) * own.count, with: own)
    all = try reduction.added(all)
    let means = own.indices.map { index in
      Float((0..<processes).reduce(0.0) { $0 + all[$1 * own.count + index] } / Double(processes))
    }
    var rest = means[...]
    return Dictionary(
      uniqueKeysWithValues: names.map { name in
        let shape = state[name]!.shape
        defer { rest = rest.dropFirst(shape.count) }
        return (name, Tensor(shape, rest.prefix(shape.count)))
      })
  }

  /// The forward pass of a part.
  private func measure(
    _ number: Int, of parts: [Range<Int>], step: Int, _ weights: Parameters<Float>,
    after earlier: [String: Tensor<Float>]
  ) throws -> (Pass<Float>, BatchLoss) {
    let loss = try batch(parts[number], weights)
    var parameters = weights
    parameters.replace(earlier)
    let seed = plan.passSeed(UInt64(step) &* UInt64(parts.count) &+ UInt64(number))
    let pass = Pass(parameters, phase: .training(seed: seed), workspace: workspace)
    let found = loss(pass)
    precondition(
      found.values.count == measures.all.count,
      "a batch has \(found.values.count) values, and the task's measures are \(measures.all.map(\.name))")
    return (pass, found)
  }
}

/// The totals of one step before the optimizer's update: sums over its parts.
private struct StepTotals {
  /// The number of measured elements, such as valid samples: the sum of the batches' weights.
  var weight: Double
  /// Each measure, summed over these elements.
  var values: [Double]
  /// The gradient of the loss, summed over these elements.
  var gradients: Parameters<Float>
  /// The new values of the network's state, such as running means, by name.
  var state: [String: Tensor<Float>]

  /// Adds the totals of a later part, whose state replaces the current one.
  mutating func add(_ later: StepTotals) {
    weight += later.weight
    for index in values.indices { values[index] += later.values[index] }
    gradients.add(later.gradients)
    state.merge(later.state) { $1 }
  }
}

extension StepTotals {
  /// Totals of the weight and the values in `numbers`, without state.
  fileprivate init(_ numbers: [Double], _ gradients: ParameterArena) {
    self.init(weight: numbers[0], values: Array(numbers.dropFirst()), gradients: gradients.parameters, state: [:])
  }
}
