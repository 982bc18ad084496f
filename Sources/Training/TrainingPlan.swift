import KodamaCore
import KodamaLayers

/// How a network is trained: all settings besides the network and the data that determine its weights.
public struct TrainingPlan: Sendable, Equatable {
  /// An optimizer by name.
  public enum OptimizerName: String, Sendable, CaseIterable {
    case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, muon

    /// A recommended learning rate. Rules that divide by the size of gradients take steps of a known size; others need
    /// larger rates, here for gradients clipped to norm 1.
    public var recommendedLearningRate: Double {
      switch self {
      case .sgd: 0.1
      case .momentum, .nesterov: 0.02
      case .adagrad: 0.01
      case .rmsprop, .adam, .adamw: 1e-3
      case .muon: 2e-3
      }
    }

    /// The weight decay that its authors use; 0 for rules without one.
    public var recommendedWeightDecay: Double { self == .adamw ? 0.01 : 0 }
  }

  /// A learning rate schedule by name.
  public enum ScheduleName: String, Sendable, CaseIterable {
    case constant, step, exponential, cosine
  }

  /// Examples in a batch.
  public var batchSize = 8
  /// Batches whose gradients are accumulated for one step.
  public var accumulation = 1
  /// The parts that a batch is divided into, whose gradients are added in order; nil: as few as memory and the number of
  /// processes allow.
  public var batchParts: Int?
  /// How several processes work together; nil: synchronously.
  public var cooperation: Cooperation?
  /// The seed of initial weights, the order of examples and dropout.
  public var seed: UInt64 = 1
  /// The optimizer.
  public var optimizer = OptimizerName.adam
  /// The highest learning rate.
  public var learningRate = 1e-3
  /// The weight decay; 0 for none.
  public var weightDecay = 0.0
  /// The learning rate schedule.
  public var schedule = ScheduleName.constant
  /// Steps over which the rate rises from 0.
  public var warmUpSteps = 0
  /// Steps between two decays of the step schedule, or in which the exponential one decays by its factor.
  public var decaySteps = 10_000
  /// The factor of the step and exponential schedules.
  public var decayFactor = 0.5
  /// Steps until the end of the cosine schedule.
  public var cosineSteps = 0
  /// The final rate of the cosine schedule, as a share of the highest rate.
  public var cosineFinal = 0.01
  /// The largest norm of gradients, to which they are clipped; 0 for no clipping.
  public var clipNorm = 1.0
  /// The decay of the moving average of weights; 0 for no average.
  public var averageDecay = 0.999
  /// Settings of parameters by name; nil for none. The first group that matches a parameter's name applies.
  public var groups: [ParameterGroup]?
  /// Weights that become 0 in the course of training; nil for none.
  public var pruning: PruningPlan?
  /// The precision of weights that the network computes with; nil: as they are.
  public var rounding: RoundingPlan?

  /// The default plan, with an optimizer at its recommended rate and weight decay.
  public init(optimizer: OptimizerName = .adam) { use(optimizer) }

  /// Changes the optimizer, and sets the rate and the weight decay to its recommended values.
  public mutating func use(_ optimizer: OptimizerName) {
    self.optimizer = optimizer
    learningRate = optimizer.recommendedLearningRate
    weightDecay = optimizer.recommendedWeightDecay
  }

  /// The optimizer's algorithm.
  public var algorithm: OptimizerAlgorithm {
    let decay = Float(weightDecay)
    return switch optimizer {
    case .sgd: .sgd(weightDecay: decay)
    case .momentum: .sgd(momentum: 0.9, weightDecay: decay)
    case .nesterov: .sgd(momentum: 0.9, nesterov: true, weightDecay: decay)
    case .adagrad: .adagrad(weightDecay: decay)
    case .rmsprop: .rmsProp(weightDecay: decay)
    case .adam: .adam(weightDecay: decay)
    case .adamw: .adamW(weightDecay: decay)
    case .muon: .muon(weightDecay: decay)
    }
  }

  /// The learning rate of each step.
  public var learningRates: LearningRateSchedule {
    let decay: LearningRateSchedule.Decay =
      switch schedule {
      case .constant: .constant
      case .step: .step(interval: decaySteps, factor: decayFactor)
      case .exponential: .exponential(interval: decaySteps, factor: decayFactor)
      case .cosine: .cosine(total: cosineSteps, final: cosineFinal)
      }
    return LearningRateSchedule(peak: learningRate, warmUpSteps: warmUpSteps, decay: decay)
  }

  /// Examples of one step.
  public var examplesPerStep: Int { batchSize * accumulation }

  /// The parts that a batch is divided into, each of which is one pass.
  ///
  /// - Parameters:
  ///   - examplesPerPass: the most examples of a pass.
  ///   - processes: those that share a step: each has as many parts of it, where there are enough examples.
  package func parts(examplesPerPass: Int, processes: Int) -> Int {
    if let batchParts { return min(batchParts, batchSize) }
    let least = 1 + (batchSize - 1) / examplesPerPass
    return min(batchSize, (least + processes - 1) / processes * processes)
  }

  /// The examples of each part of a step: its batches, each in equal parts.
  ///
  /// - Parameter first: the first example of the step.
  package func parts(from first: Int, examplesPerPass: Int, processes: Int) -> [Range<Int>] {
    let parts = parts(examplesPerPass: examplesPerPass, processes: processes)
    return (0..<accumulation).flatMap { batch in
      (0..<parts).map { part in
        let (run, start) = (Workers.range(of: part, parts: parts, count: batchSize), first + batch * batchSize)
        return start + run.lowerBound..<start + run.upperBound
      }
    }
  }

  /// The parts of a step in waves, each of some batches: of several processes each has a share of every wave, and of one a
  /// wave is a batch.
  package func waves(from first: Int, examplesPerPass: Int, processes: Int) -> [[Range<Int>]] {
    let parts = parts(from: first, examplesPerPass: examplesPerPass, processes: processes)
    let (perBatch, all) = (parts.count / accumulation, accumulation)
    let waves = max(1, all / ((processes + perBatch - 1) / perBatch))
    return (0..<waves).map { wave in
      let batches = Workers.range(of: wave, parts: waves, count: all)
      return Array(parts[batches.lowerBound * perBatch..<batches.upperBound * perBatch])
    }
  }

  /// Records the parts of a batch where they are others than of one process, so that any number of processes continues to
  /// the same bits.
  package mutating func divide(examplesPerPass: Int, among processes: Int) {
    let parts = parts(examplesPerPass: examplesPerPass, processes: processes)
    if parts != self.parts(examplesPerPass: examplesPerPass, processes: 1) { batchParts = parts }
  }

  /// Settings of parameters by name.
  public var parameterGroups: [ParameterGroup] { groups ?? [] }

  /// Whether a parameter is frozen.
  func isFrozen(_ name: String) -> Bool { parameterGroups.first { $0.contains(name) }?.rateFactor == 0 }

  /// Completes schedules whose end follows from the number of steps: where a cosine has none, with the last one; where
  /// pruning has none, after three fifths of them.
  package mutating func complete(forSteps steps: Int) {
    if schedule == .cosine && cosineSteps == 0 { cosineSteps = steps }
    guard let pruning, pruning.lastStep == 0 else { return }
    let last = max(pruning.firstStep + 1, steps * 3 / 5)
    self.pruning?.lastStep = last
    // Gradually, in short runs too.
    self.pruning?.interval = min(pruning.interval, max(1, (last - pruning.firstStep) / 20))
  }

  /// Shortens what is counted in steps in proportion to the steps of a run: warm-up, schedules, pruning, and the start of
  /// rounding.
  package mutating func shorten(from steps: Int, to fewer: Int) {
    func scaled(_ count: Int, atLeast least: Int) -> Int {
      max(least, Int(min(1e15, (Double(count) * Double(fewer) / Double(max(1, steps))).rounded())))
    }
    warmUpSteps = scaled(warmUpSteps, atLeast: 0)
    decaySteps = scaled(decaySteps, atLeast: 1)
    if cosineSteps > 0 { cosineSteps = scaled(cosineSteps, atLeast: 1) }
    if let pruning {
      let first = min(scaled(pruning.firstStep, atLeast: 0), max(0, fewer - 1))
      self.pruning?.firstStep = first
      self.pruning?.interval = scaled(pruning.interval, atLeast: 1)
      if pruning.lastStep > 0 { self.pruning?.lastStep = min(fewer, scaled(pruning.lastStep, atLeast: first + 1)) }
    }
    if let rounding { self.rounding?.firstStep = min(scaled(rounding.firstStep, atLeast: 0), max(0, fewer - 1)) }
  }

  /// Throws where pruning does not end, or rounding does not begin, within the steps.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  package func validateCompression(steps: Int) throws {
    if let pruning, pruning.lastStep > steps {
      throw TrainingFault.badPlan(
        field: "pruning", problem: "it ends at step \(pruning.lastStep), after the last one, \(steps)")
    }
    if let rounding, rounding.firstStep >= steps {
      throw TrainingFault.badPlan(
        field: "rounding", problem: "it begins at step \(rounding.firstStep), and the last one is \(steps)")
    }
  }

  /// Whether models of both plans are equally small, so that their losses may be compared.
  package func compresses(like other: TrainingPlan) -> Bool { pruning == other.pruning && rounding == other.rounding }

  /// The seed of random operations within a pass, such as dropout, by the number of the pass in the run.
  func passSeed(_ pass: UInt64) -> UInt64 {
    // Seeds of 32 bits do not overlap with pass numbers; the upper half is spread over all bits.
    pass ^ seed << 32 ^ (seed >> 32) &* 0x9E37_79B9_7F4A_7C15
  }

  /// Throws where a setting is invalid.
  ///
  /// - Throws: `TrainingFault.badPlan`, `.endlessCosine`.
  public func validate() throws {
    if let problem = Self.fields.problem(of: self) { throw TrainingFault(problem) }
    if schedule == .cosine && cosineSteps <= 0 { throw TrainingFault.endlessCosine }
    if let pruning, pruning.lastStep != 0, pruning.lastStep < pruning.firstStep {
      throw TrainingFault.badPlan(
        field: "pruning", problem: "it ends at step \(pruning.lastStep), before its first, \(pruning.firstStep)")
    }
    if let pruning, pruning.allocation == .global, !pruning.layers.isEmpty {
      throw TrainingFault.badPlan(
        field: "pruning", problem: "layers with a sparsity of their own are not counted together; leave one out")
    }
    for layers in pruning?.layers ?? [] {
      if let problem = PrunedLayers.fields.problem(of: layers) { throw TrainingFault(problem) }
    }
    if let pruning, pruning.rewinds, pruning.lastStep != 0, pruning.lastStep == pruning.firstStep {
      throw TrainingFault.badPlan(
        field: "pruning", problem: "to rewind it must end after its first step, \(pruning.firstStep)")
    }
    for group in parameterGroups {
      func check(_ holds: Bool, _ what: String, _ value: Float, _ allowed: String) throws {
        if holds { return }
        throw TrainingFault.badPlan(
          field: "groups", problem: "the \(what) \(value) of \(group.pattern) is not \(allowed)")
      }
      try check((0...1e6).contains(group.rateFactor), "rate factor", group.rateFactor, "0 to 1e6")
      let decay = group.weightDecay ?? 0
      try check(decay >= 0 && decay < 1, "weight decay", decay, "in [0, 1)")
    }
  }

  /// Throws where a group matches no parameter, or all parameters are frozen.
  ///
  /// - Throws: `TrainingFault.badPlan`.
  public func validate(for declarations: [ParameterDeclaration]) throws {
    for group in parameterGroups where !declarations.contains(where: { group.contains($0.name) }) {
      throw TrainingFault.badPlan(
        field: "groups",
        problem: "no parameter has a name like \(group.pattern); names are such as \(declarations.first?.name ?? "")")
    }
    if let pruning {
      for pattern in pruning.kept + pruning.layers.map(\.pattern)
      where !declarations.contains(where: { ParameterGroup(pattern).contains($0.name) }) {
        throw TrainingFault.badPlan(
          field: "pruning",
          problem: "no parameter has a name like \(pattern); names are such as \(declarations.first?.name ?? "")")
      }
      if let weight = declarations.first(where: { pruning.prunes($0) && $0.name.hasSuffix(".weight_v") }) {
        throw TrainingFault.badPlan(
          field: "pruning", problem: "\(weight.name) is a direction of any length; train without weight normalization")
      }
      if !declarations.contains(where: { pruning.prunes($0) && !isFrozen($0.name) }) {
        throw TrainingFault.badPlan(field: "pruning", problem: "it leaves no weight to prune; keep fewer")
      }
    }
    if let rounding { try validate(rounding, declarations) }
    if !declarations.contains(where: { $0.role == .trained && !isFrozen($0.name) }) {
      throw TrainingFault.badPlan(field: "groups", problem: "they leave no parameter to train; give some a rate")
    }
  }

  private func validate(_ rounding: RoundingPlan, _ declarations: [ParameterDeclaration]) throws {
    for layers in rounding.layers
    where !declarations.contains(where: { ParameterGroup(layers.pattern).contains($0.name) }) {
      throw TrainingFault.badPlan(
        field: "rounding",
        problem: "no parameter has a name like \(layers.pattern); names are such as \(declarations.first?.name ?? "")")
    }
    let rounded = declarations.filter { rounding.precision(of: $0).hasIntegerInputs }
    if let weight = rounded.first(where: { $0.name.hasSuffix(".weight_v") }) {
      throw TrainingFault.badPlan(
        field: "rounding", problem: "\(weight.name) is a direction of any length; train without weight normalization")
    }
    if rounded.isEmpty {
      throw TrainingFault.badPlan(field: "rounding", problem: "it leaves no weight to round; keep fewer")
    }
    if let pruning, let weight = rounded.first(where: { rounding.precision(of: $0) == .binary && pruning.prunes($0) }) {
      throw TrainingFault.badPlan(
        field: "rounding", problem: "\(weight.name) cannot be binary, without 0, and be pruned; leave one out")
    }
  }
}
