import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

/// When training ends.
public enum TrainingLimit: Sendable, Equatable {
  /// After this many steps in total, including those of earlier sessions of the run.
  case steps(Int)
  /// After this time from now.
  case duration(Duration)
}

/// Why training ended.
public enum TrainingOutcome: Sendable, Equatable {
  /// The limit was reached.
  case completed
  /// There was no better validation for as long as the patience.
  case stoppedEarly
  /// Stopping was requested; the state is saved.
  case interrupted
}

/// Trains a network: draws batches, takes steps, saves the state, rolls back when the loss is not finite, and notifies
/// observers.
public final class Trainer {
  /// The largest number of rollbacks before training fails.
  public static let maximumRollbacks = 4

  /// The state after the last step.
  public private(set) var state: TrainingState
  private let task: any TrainingTask
  private let stepper: TrainingStep
  private let plan: TrainingPlan
  /// Where the state is saved; nil where another process saves it.
  private let run: TrainingRun?
  private let reduction: (any StepReduction)?
  private let division: (any DividedNetwork)?
  /// Whether other processes compute the gradients.
  private let isServer: Bool
  private let checkpointInterval: Int
  private var work: [PeriodicWork]
  private let patience: Int?
  /// The steps of validations since the best one.
  private var laterValidations: [Int]
  private let observers: [any TrainingObserver]
  private let examplesPerEpoch: Int
  /// The step of the last checkpoint that was saved or loaded.
  private var savedStep: Int
  /// Whether the state is that after complete, finite steps.
  private var isSound = true
  /// Whether this process is to end at once.
  private var isInterrupted = false
  /// Whether all processes have the same state.
  private var isAveraged = true
  /// The number of remarks of the run that observers have received.
  private var reportedRemarks = 0

  /// A trainer that continues from `state`.
  ///
  /// - Parameters:
  ///   - source: the source of the task's batches.
  ///   - run: where the state is saved; nil where another process saves it.
  ///   - checkpointInterval: steps between two checkpoints.
  ///   - work: periodic work during training; the checkpoint of the best validation is kept.
  ///   - patience: after how many validations without a better one training ends; nil for never.
  ///   - laterValidations: the steps of validations since the best one, in earlier sessions.
  ///   - reduction: joins this process with others that share each step; nil for none.
  ///   - division: joins this process with others that have the rest of the network; nil for none.
  ///   - server: has others compute the gradients of steps; nil for none.
  public init<Batch>(
    task: some TrainingTask<Batch>, source: some ExampleSource<Batch>, plan: TrainingPlan, state: TrainingState,
    run: TrainingRun?, checkpointInterval: Int, work: [PeriodicWork] = [], patience: Int? = nil,
    laterValidations: [Int] = [], observers: [any TrainingObserver] = [],
    reduction: (any StepReduction)? = nil, division: (any DividedNetwork)? = nil,
    server: (any GradientServer)? = nil, workspace: Workspace
  ) {
    self.task = task
    stepper = TrainingStep(
      task, source, plan: plan, reduction: reduction, division: division, server: server, workspace: workspace)
    self.plan = plan
    self.state = state
    self.run = run
    (self.reduction, self.division, isServer) = (reduction, division, server != nil)
    self.checkpointInterval = max(1, checkpointInterval)
    self.work = work
    self.patience = patience
    self.laterValidations = laterValidations
    self.observers = observers
    examplesPerEpoch = max(1, source.examplesPerEpoch)
    savedStep = state.step
    precondition((run != nil) == (team?.isFirst ?? true), "the first process saves, and no other")
  }

  /// The processes that take the same steps; nil for one, or a server.
  private var team: (any ProcessTeam)? { reduction ?? division }

  /// Trains until the limit. When an error is thrown, such as for a missing recording, the steps before it are saved
  /// first.
  ///
  /// - Parameter shouldStop: called between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`; what reading batches, reduction, saving, other work or observers throw.
  public func train(until limit: TrainingLimit, shouldStop: () -> Bool) throws -> TrainingOutcome {
    // The checkpoint for a rollback must exist before the first step can fail.
    if try isToBegin() { try save() }
    try reportRemarks()
    do {
      return try takeSteps(until: limit, shouldStop: shouldStop)
    } catch is Abandoned {
      // Local steps are not finite until that is noticed with their next average.
      if state.isFinite { try saveUnsaved() }
      return .interrupted
    } catch {
      // Of two errors the first one is reported.
      // The others, which have parts of the state, may not have one.
      if isSound && division == nil { try? saveUnsaved() }
      throw error
    }
  }

  private func takeSteps(until limit: TrainingLimit, shouldStop: () -> Bool) throws -> TrainingOutcome {
    let clock = ContinuousClock()
    let (start, earlier) = (clock.now, state.seconds)

    for index in work.indices where work[index].lastStep != nil && work[index].isDue(after: state.step) {
      try perform(index)
    }
    while true {
      let isOver = isReached(limit, elapsed: start.duration(to: clock.now)) || isOutOfPatience
      let (ends, stops) = try agreed(isOver, stops: shouldStop)
      if ends { break }
      if stops {
        try saveUnsaved()
        return .interrupted
      }
      let (begun, step, drawn) = (clock.now, state.step + 1, state.examplesDrawn)
      let result: TrainingStep.Result
      do {
        result = try stepper.take(&state)
        isAveraged = averages(afterStep: state.step, limit)
        if isAveraged && isLocal { try average() }
      } catch let failure as TrainingStep.NotFinite {
        isSound = false
        try rollBack(from: step, after: failure)
        isSound = true
        continue
      } catch {
        // The step failed, so its examples are drawn again.
        state.examplesDrawn = drawn
        throw error
      }
      if isInterrupted {
        if state.isFinite { try saveUnsaved() }
        return .interrupted
      }
      let now = clock.now
      state.seconds = earlier + start.duration(to: now).inSeconds
      let amount = Double(plan.examplesPerStep) * task.amountPerExample
      // Of local steps that is noticed with the next average.
      let isFinite = result.gradientNorm.isFinite && result.values.allSatisfy(\.isFinite)
      if isFinite {
        try notify(
          .step(
            StepReport(
              step: step, epoch: Double(state.examplesDrawn) / Double(examplesPerEpoch), seconds: state.seconds,
              values: zip(task.measures.all, result.values).map(MeasuredValue.init), learningRate: result.learningRate,
              gradientNorm: result.gradientNorm,
              speed: MeasuredValue(task.measures.speed, amount / begun.duration(to: now).inSeconds))))
      }
      // Saved first: failing work must not lose the steps before it.
      if state.step % checkpointInterval == 0 { try save() }
      for index in work.indices where work[index].isDue(after: state.step) { try perform(index) }
    }
    let isComplete = isReached(limit, elapsed: start.duration(to: clock.now)) || !isOutOfPatience
    try saveUnsaved()
    for index in work.indices where work[index].atEnd && work[index].lastStep != state.step { try perform(index) }
    return isComplete ? .completed : .stoppedEarly
  }

  /// Whether the run has no checkpoint yet.
  private func isToBegin() throws -> Bool {
    let isEmpty = try run?.isEmpty == true
    return try division?.any([isEmpty])[0] ?? isEmpty
  }

  /// Averages the weights of local steps. Where this process is to end at once, its step stays as it is.
  private func average() throws {
    do {
      try stepper.average(&state)
    } catch is Abandoned {
      isInterrupted = true
    }
  }

  /// Whether processes take steps by themselves.
  private var isLocal: Bool { reduction != nil && plan.cooperation?.mode == .local }

  /// Whether the weights of local steps are averaged: at their interval, where something is done with them, and at the end.
  private func averages(afterStep step: Int, _ limit: TrainingLimit) -> Bool {
    guard isLocal, let cooperation = plan.cooperation else { return true }
    if case .steps(step) = limit { return true }
    return ([cooperation.localSteps, checkpointInterval] + work.map(\.interval)).contains { step % $0 == 0 }
  }

  /// Whether training ends here, and else whether it is to be interrupted: of several processes the first one has the time
  /// and the patience, and any may be asked to stop.
  private func agreed(_ isOver: Bool, stops: () -> Bool) throws -> (ends: Bool, stops: Bool) {
    guard let team else { return (isOver, !isOver && stops()) }
    // Between averages nobody waits.
    if !isAveraged { return (false, false) }
    let flags = try team.any([team.isFirst && isOver, stops()])
    return (flags[0], flags[1])
  }

  /// Does some of the work.
  private func perform(_ index: Int) throws {
    // A launcher that is ended leaves no time to save after such work.
    if team != nil || isServer { try saveUnsaved() }
    try work[index].body(stepper.rounded(state)) { event in
      // First, so that a validation in the log has been compared.
      if case .validation(let report) = event { try compare(report) }
      try notify(event)
    }
    work[index].lastStep = state.step
  }

  /// Records the checkpoint of a validation as the best if it is. While weights are being pruned or are not rounded yet none
  /// is: a later one has fewer of them, or fewer bits.
  private func compare(_ report: ValidationReport) throws {
    guard let run else { return }
    if let pruning = plan.pruning, report.step < pruning.lastStep { return }
    if let rounding = plan.rounding, report.step < rounding.firstStep { return }
    let losses = [(ModelWeights.raw, report.weights), (.average, report.average)].compactMap { weights, values in
      values[task.measures.criterion].map { BestCheckpoint(step: report.step, weights: weights, loss: $0) }
    }
    guard let found = losses.filter({ $0.loss.isFinite }).min(by: { $0.loss < $1.loss }) else { return }
    if let best = run.best, best.step != found.step, best.loss <= found.loss {
      laterValidations.append(report.step)
      return
    }
    try saveUnsaved()
    try run.recordBest(found)
    laterValidations = []
    try notify(.best(found))
  }

  private var isOutOfPatience: Bool { patience.map { laterValidations.count >= $0 } ?? false }

  private func isReached(_ limit: TrainingLimit, elapsed: Duration) -> Bool {
    switch limit {
    case .steps(let count): state.step >= count
    case .duration(let duration): elapsed >= duration
    }
  }

  private func rollBack(from failed: Int, after failure: TrainingStep.NotFinite) throws {
    let rollbacks = state.rollbacks + 1
    var own = try run?.folder.newestCheckpoint()
    // A checkpoint is saved before its own loss is computed; one whose loss is not finite is no target of a rollback.
    if case .loss = failure, let run, own == run.folder.checkpointPath(step: failed - 1) {
      own = try run.giveUpCheckpoint(step: failed - 1)
    }
    let checkpoint = try team?.checkpoint(own) ?? own!
    if rollbacks > Self.maximumRollbacks {
      throw TrainingFault.diverged(step: failed, rollbacks: state.rollbacks, checkpoint: checkpoint)
    }
    let factor = state.rateFactor / 2
    state = try TrainingState(
      checkpoint: checkpoint, declarations: task.declarations, plan: plan, share: division?.share)
    state.rateFactor = factor
    state.rollbacks = rollbacks
    savedStep = state.step
    laterValidations.removeAll { [step = state.step] in $0 > step }
    for index in work.indices { work[index].lastStep = work[index].lastStep.map { min($0, state.step) } }
    try notify(.rollback(from: failed, to: state.step, rateFactor: factor))
    try reportRemarks()
  }

  private func saveUnsaved() throws { if savedStep != state.step { try save() } }

  private func save() throws {
    var path: String?
    if let division {
      try division.collect(state.sets) { value in
        path = try run?.addCheckpoint(step: state.step) { folder in
          try task.writeConfiguration(toFolder: folder)
          try state.write(toFolder: folder, measures: task.measures, of: division.share, value)
        }
      }
    } else {
      path = try run?.addCheckpoint(step: state.step) { folder in
        try task.writeConfiguration(toFolder: folder)
        try stepper.rounded(state).write(
          toFolder: folder, measures: task.measures,
          unrounded: plan.rounding.map { state.step >= $0.firstStep } == true ? state : nil)
      }
    }
    savedStep = state.step
    guard let path else { return }
    try notify(.checkpoint(step: state.step, path: path))
    try reportRemarks()
  }

  private func reportRemarks() throws {
    let remarks = run?.remarks ?? []
    for remark in remarks.dropFirst(reportedRemarks) { try notify(.left(path: remark.path, reason: remark.reason)) }
    reportedRemarks = remarks.count
  }

  private func notify(_ event: TrainingEvent) throws { for observer in observers { try observer.trainingDid(event) } }
}
