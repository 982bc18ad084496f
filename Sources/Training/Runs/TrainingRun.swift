import KodamaCheckpoints
import KodamaCore

/// The folder of a run during training: locked against other trainers. Checkpoints appear atomically, and the newest
/// are kept.
///
/// Only files of the run are ever removed. Where an old checkpoint is a symbolic link, the link is removed and its
/// target stays; a checkpoint folder that contains other files is not removed.
public final class TrainingRun {
  /// The folder.
  public let folder: RunFolder
  private let keptCheckpoints: Int
  private let lock: RunLock
  /// Files that could not be removed, in the order they were found.
  private(set) var remarks: [Leftovers.Remark] = []

  /// The names of the files of a checkpoint, including those of a model folder.
  package static let fileNames = ModelFiles.names.union([
    "auxiliary.safetensors", "importance.safetensors", "earlier_model.safetensors", "unrounded_model.safetensors",
    "unrounded_average.safetensors", "trainer.safetensors", "trainer.json", "training.json", "classifier.json",
    "tuning.json", "capture.json",
  ])

  /// Opens a run and locks it until this object is released, or the process ends in any way.
  ///
  /// - Parameters:
  ///   - path: the run folder, created where it does not exist.
  ///   - resuming: whether a run must exist, or must not.
  ///   - keptCheckpoints: how many of the newest checkpoints are kept.
  /// - Throws: `TrainingFault.locked`, `.runExists`, `.noRun`; `FileFault.cannotCreate`.
  public init(_ path: String, resuming: Bool, keptCheckpoints: Int = 3) throws {
    // Names appended to an empty path would be at the root of the file system.
    if path.isEmpty { throw FileFault.cannotCreate(path: path, reason: "the name is empty") }
    folder = RunFolder(path)
    self.keptCheckpoints = max(1, keptCheckpoints)
    if resuming && !Folder.exists(folder.checkpointsPath) { throw TrainingFault.noRun(run: path) }
    try Folder.create(folder.checkpointsPath)
    lock = try RunLock(path)
    let isStarted = try !folder.steps().isEmpty
    if isStarted && !resuming { throw TrainingFault.runExists(run: path) }
    if !isStarted && resuming { throw TrainingFault.noRun(run: path) }
    // Temporary files of killed trainers; no other trainer is running while this process has the lock.
    for place in [path, folder.checkpointsPath, folder.samplesPath] {
      remarks += Leftovers.remove(in: place, of: Self.fileNames)
    }
    // Its checkpoint was removed: another of the same step is not the best for that.
    if folder.best == nil { folder.forgetBest() }
  }

  /// Forgets which checkpoint was best, so that validation starts anew.
  package func forgetBest() { folder.forgetBest() }

  /// The path of the run.
  public var path: String { folder.path }

  /// Whether there is no checkpoint yet.
  public var isEmpty: Bool { get throws { try folder.steps().isEmpty } }

  /// The best checkpoint so far.
  public var best: BestCheckpoint? { folder.best }

  /// Records the best checkpoint, which is kept until there is a better one.
  ///
  /// - Throws: `FileFault`.
  func recordBest(_ best: BestCheckpoint) throws {
    let former = folder.best
    try folder.recordBest(best)
    if let former, try folder.steps().filter({ $0 > former.step }).count >= keptCheckpoints {
      remove(step: former.step)
    }
  }

  /// Adds a checkpoint, updates `latest` and removes the oldest but for the best. A foreign file of its name is renamed.
  ///
  /// - Parameter write: writes files with names of `fileNames` into a folder, which is renamed into place when it is on
  ///   disk.
  /// - Returns: its path.
  /// - Throws: `FileFault`, and what `write` throws; no files are left then.
  func addCheckpoint(step: Int, _ write: (_ folder: String) throws -> Void) throws -> String {
    let path = folder.checkpointPath(step: step)
    let pending = try PendingFolder(for: path, of: Self.fileNames)
    defer { pending.discard() }
    try write(pending.path)
    if let former = try pending.replace(), let reason = Folder.remove(former, of: Self.fileNames) {
      remark((try? KeptName.give(former, insteadOf: path)) ?? former, reason)
    }
    try folder.recordLatest(step: step)
    let best = folder.best?.step
    for old in try folder.steps().filter({ $0 < step }).dropLast(keptCheckpoints - 1) where old != best {
      remove(step: old)
    }
    return path
  }

  /// Removes the checkpoint of a step where there is an earlier complete one.
  ///
  /// - Returns: the path of the checkpoint to resume from.
  /// - Throws: `FileFault`, `CheckpointFault`.
  func giveUpCheckpoint(step: Int) throws -> String {
    guard let earlier = try folder.newestStep(before: step) else { return try folder.newestCheckpoint() }
    try folder.recordLatest(step: earlier)
    if folder.best?.step == step { folder.forgetBest() }
    remove(step: step)
    return folder.checkpointPath(step: earlier)
  }

  /// Removes a checkpoint; training continues where it cannot be removed.
  private func remove(step: Int) {
    let path = folder.checkpointPath(step: step)
    if let reason = Folder.remove(path, of: Self.fileNames) { remark(path, reason) }
  }

  /// Adds a remark, once for each path.
  private func remark(_ path: String, _ reason: String) {
    if !remarks.contains(where: { $0.path == path }) { remarks.append(.init(path: path, reason: reason)) }
  }
}
