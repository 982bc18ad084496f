import KodamaAudio
import KodamaCore
import KodamaLayers
import KodamaTensors

/// Trains a network: draws batches, takes steps, saves the state, goes back when the loss is not finite, and tells
/// observers what happens.
public final class Trainer {
  /// When training ends.
  public enum Limit: Sendable, Equatable {
    /// After this many steps in all, those of earlier sessions of the run included.
    case steps(Int)
    /// After this time from now.
    case duration(Duration)
  }

  /// Why training ended.
  public enum Outcome: Sendable, Equatable {
    /// The limit was reached.
    case completed
    /// It was asked to stop; the state is saved.
    case interrupted
  }

  /// How often training goes back to a checkpoint before it gives up.
  public static let maximumRollbacks = 4

  /// The state, as of the last step.
  public private(set) var state: TrainingState
  private let objective: any TrainingObjective
  private let plan: TrainingPlan
  private let run: TrainingRun
  private let checkpointInterval: Int
  private let tasks: [PeriodicTask]
  private let observers: [any TrainingObserver]
  private let workspace: Workspace
  private let cropsPerEpoch: Int
  private let cropSource: (_ firstCrop: Int) -> any CropSource
  /// The step of the last checkpoint that was saved or taken up.
  private var savedStep: Int
  /// Whether the state is that after a whole number of good steps.
  private var isSound = true
  /// How many remarks of the run observers have been told.
  private var toldRemarks = 0

  /// A trainer that goes on from `state`.
  ///
  /// - Parameters:
  ///   - run: where the state is saved; the caller holds its lock.
  ///   - checkpointInterval: steps between two checkpoints.
  ///   - cropsPerEpoch: how many crops make one pass over the corpus.
  ///   - cropSource: crops from a number on.
  public init(
    objective: any TrainingObjective, plan: TrainingPlan, state: TrainingState, run: TrainingRun,
    checkpointInterval: Int,
    tasks: [PeriodicTask] = [], observers: [any TrainingObserver] = [], workspace: Workspace, cropsPerEpoch: Int,
    cropSource: @escaping (_ firstCrop: Int) -> any CropSource
  ) {
    self.objective = objective
    self.plan = plan
    self.state = state
    self.run = run
    self.checkpointInterval = max(1, checkpointInterval)
    self.tasks = tasks
    self.observers = observers
    self.workspace = workspace
    self.cropsPerEpoch = max(1, cropsPerEpoch)
    self.cropSource = cropSource
    savedStep = state.step
  }

  /// Trains until the limit. Steps that were taken when something fails, such as a recording that is gone, are saved before
  /// the error is thrown.
  ///
  /// - Parameter shouldStop: asked between steps; true saves the state and ends.
  /// - Throws: `TrainingFault.diverged`; what reading crops, saving, tasks or observers throw.
  public func train(until limit: Limit, shouldStop: () -> Bool) throws -> Outcome {
    // The state to go back to must exist before the first step can fail.
    if try run.isEmpty { try save() }
    try tellRemarks()
    do {
      return try takeSteps(until: limit, shouldStop: shouldStop)
    } catch {
      // Of two errors the first is the one to tell.
      if isSound { try? saveUnsaved() }
      throw error
    }
  }

  private func takeSteps(until limit: Limit, shouldStop: () -> Bool) throws -> Outcome {
    var crops = cropSource(state.cropsDrawn)
    let clock = ContinuousClock()
    let (start, earlier) = (clock.now, state.seconds)

    while !isReached(limit, elapsed: start.duration(to: clock.now)) {
      if shouldStop() {
        try saveUnsaved()
        return .interrupted
      }
      let (begun, step, drawn) = (clock.now, state.step + 1, state.cropsDrawn)
      let measures: Measures
      do {
        measures = try takeStep(crops)
      } catch let failure as NotFinite {
        isSound = false
        try rollBack(from: step, after: failure)
        isSound = true
        crops = cropSource(state.cropsDrawn)
        continue
      } catch {
        // The step was not taken, so its crops are drawn again.
        state.cropsDrawn = drawn
        throw error
      }
      let now = clock.now
      state.seconds = earlier + start.duration(to: now).inSeconds
      try tell(
        .step(
          StepReport(
            step: step, epoch: Double(state.cropsDrawn) / Double(cropsPerEpoch), seconds: state.seconds,
            bitsPerSample: measures.bits, learningRate: measures.rate, gradientNorm: measures.norm,
            samplesPerSecond: Double(plan.samplesPerStep) / begun.duration(to: now).inSeconds)))
      // Saved first: a task that fails must not cost the steps before it.
      if state.step % checkpointInterval == 0 { try save() }
      for task in tasks where state.step % task.interval == 0 { try task.body(state).forEach(tell) }
    }
    try saveUnsaved()
    for task in tasks where task.atEnd && state.step % task.interval != 0 { try task.body(state).forEach(tell) }
    return .completed
  }

  private func isReached(_ limit: Limit, elapsed: Duration) -> Bool {
    switch limit {
    case .steps(let count): state.step >= count
    case .duration(let duration): elapsed >= duration
    }
  }

  private typealias Measures = (bits: Double, rate: Double, norm: Double)

  /// What was not finite in a step.
  private enum NotFinite: Error {
    /// The loss or its gradients, from the weights as they stood before the step.
    case loss
    /// The weights, their average or the optimizer's memory after it.
    case state
  }

  /// Takes one step.
  ///
  /// - Throws: `NotFinite`, and the state is to be given up; what reading crops throws.
  private func takeStep(_ crops: any CropSource) throws -> Measures {
    var gradients: Parameters<Float>?
    var (loss, samples) = (0.0, 0)
    let rate = plan.learningRates.rate(atStep: state.step) * state.rateFactor
    for part in 0..<plan.accumulation {
      let batch = try (0..<plan.batchSize).map { _ in try crops.next() }
      state.cropsDrawn += batch.count
      let valid = batch.reduce(0) { $0 + $1.crop.validCount }
      let seed = plan.passSeed(UInt64(state.step) &* UInt64(plan.accumulation) &+ UInt64(part))
      let pass = Pass(state.parameters, phase: .training(seed: seed), workspace: workspace)
      let mean = objective.loss(batch, pass)
      loss += Double(mean.value.item) * Double(valid)
      samples += valid
      var part = pass.gradients(of: mean)
      if plan.accumulation > 1 { part.scale(by: Float(valid)) }
      if gradients == nil { gradients = part } else { gradients?.add(part) }
    }
    guard var gradients else { preconditionFailure("a step takes at least one batch") }
    if plan.accumulation > 1 { gradients.scale(by: 1 / Float(samples)) }
    // The norm is that of what is trained.
    objective.trainedRows?.restore(&gradients, from: gradients.zeros)
    let norm = plan.clipNorm > 0 ? gradients.clip(norm: plan.clipNorm) : gradients.norm
    let bits = Information.bits(fromNats: loss / Double(samples))
    guard bits.isFinite && norm.isFinite else { throw NotFinite.loss }
    state.takeStep(gradients, learningRate: Float(rate), training: objective.trainedRows)
    guard state.isFinite else { throw NotFinite.state }
    return (bits, rate, norm)
  }

  private func rollBack(from failed: Int, after failure: NotFinite) throws {
    let rollbacks = state.rollbacks + 1
    var checkpoint = try run.folder.newestCheckpoint()
    // A checkpoint is saved before its own loss is known; one whose loss is bad is not one to come back to.
    if case .loss = failure, checkpoint == run.folder.checkpointPath(step: failed - 1) {
      checkpoint = try run.giveUpCheckpoint(step: failed - 1)
    }
    if rollbacks > Self.maximumRollbacks {
      throw TrainingFault.diverged(step: failed, rollbacks: state.rollbacks, checkpoint: checkpoint)
    }
    let factor = state.rateFactor / 2
    state = try TrainingState(checkpoint: checkpoint, declarations: objective.declarations, plan: plan)
    state.rateFactor = factor
    state.rollbacks = rollbacks
    savedStep = state.step
    try tell(.rollback(from: failed, to: state.step, rateFactor: factor))
    try tellRemarks()
  }

  private func saveUnsaved() throws { if savedStep != state.step { try save() } }

  private func save() throws {
    let path = try run.addCheckpoint(step: state.step) { folder in
      try objective.writeConfiguration(toFolder: folder)
      try state.write(toFolder: folder)
    }
    savedStep = state.step
    try tell(.checkpoint(step: state.step, path: path))
    try tellRemarks()
  }

  private func tellRemarks() throws {
    for remark in run.remarks.dropFirst(toldRemarks) { try tell(.left(path: remark.path, reason: remark.reason)) }
    toldRemarks = run.remarks.count
  }

  private func tell(_ event: TrainingEvent) throws { for observer in observers { try observer.trainingDid(event) } }
}
