import KodamaCore

extension SearchMeasurements {
  /// Measures models that an agent chooses: along all budgets first, then near the target.
  ///
  /// - Parameters:
  ///   - kept: the indices of the forms that are the choices of the space.
  ///   - evaluations: the models to measure; one that was measured before counts too.
  mutating func measureAgent(
    _ space: SearchSpace, _ kept: [[Int]], _ target: CompressionTarget, seed: UInt64, evaluations: Int
  ) throws {
    let isSize = if case .bytes = target { true } else { false }
    var agent = try CompressionAgent(space, saving: isSize ? .bytes : .seconds, seed: seed)
    for number in 0..<CompressionAgent.practice.first {
      if number % 10 == 0 { try step(nil, "practising choices") }
      try agent.practise()
    }
    var budgets = AgentBudgets(target, agent.budgets)
    var (known, path) = (Set<[Int]>(), try self.path(&agent, points: min(Self.pathPoints, (evaluations + 1) / 2)))
    for _ in 0..<evaluations {
      let budget = path.popLast() ?? budgets.next
      guard let proposal = try agent.propose(within: budget, except: known) else { continue }
      known.insert(proposal.choices)
      let measured = try measure(zip(kept, proposal.choices).map { $0[$1] }, by: .agent)
      agent.learn(proposal.choices, loss: measured?.change)
      let cost = isSize ? Double(proposal.estimate.bytes) : proposal.estimate.seconds
      budgets.add(cost: cost, seconds: measured?.seconds, meets: measured.map { Self.meets($0, target) } ?? false)
      for _ in 0..<CompressionAgent.practice.further { try agent.practise() }
    }
  }

  /// Budgets from the highest to the lowest, in equal parts among those whose models are not ruined; the last one is
  /// measured first.
  private func path(_ agent: inout CompressionAgent, points: Int) throws -> [Double] {
    let (range, parts) = (agent.budgets, 4 * Self.pathPoints)
    var shown: [Double] = []
    for part in 0..<parts {
      let budget = range.lowerBound + (range.upperBound - range.lowerBound) * Double(part) / Double(parts)
      if let proposal = try agent.mode(within: budget), proposal.estimate.loss <= Self.pathLoss {
        shown.append(budget)
      }
    }
    let count = min(points, shown.count)
    return (0..<count).map { shown[$0 * (shown.count - 1) / max(1, count - 1)] }
  }
}

/// The budgets near a target that an agent tries in turn.
struct AgentBudgets {
  private let target: CompressionTarget
  private let range: ClosedRange<Double>
  /// Seconds of a sample that measurements are above their estimates.
  private var excess = 0.0
  /// The highest cost that missed a loss, and the lowest that met it.
  private var missed, met: Double

  init(_ target: CompressionTarget, _ range: ClosedRange<Double>) {
    (self.target, self.range) = (target, range)
    (missed, met) = (range.lowerBound, range.upperBound)
  }

  /// The next budget.
  var next: Double {
    switch target {
    case .bytes(let limit): Double(limit)
    case .samplesPerSecond(let limit): 1 / limit - excess
    case .bitsPerSampleLost: (missed + met) / 2
    }
  }

  /// Adds a measurement.
  ///
  /// - Parameters:
  ///   - cost: as it was estimated.
  ///   - seconds: those of a sample, as they were measured; nil where the model has no loss.
  mutating func add(cost: Double, seconds: Double?, meets: Bool) {
    switch target {
    case .bytes: break
    case .samplesPerSecond: if let seconds { excess = seconds - cost }
    case .bitsPerSampleLost:
      if meets { met = min(met, cost) } else if cost < met { missed = max(missed, cost) }
    }
  }
}
