import KodamaCheckpoints
import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The folder of a run while one trainer writes to it: locked against any other, with checkpoints that appear as a
/// whole, of which the newest are kept.
///
/// Only what a run writes is ever removed. Where an old checkpoint's name is a symbolic link, the link goes and what it
/// points to stays; a checkpoint in whose folder something else was put stays whole.
public final class TrainingRun {
  /// The folder.
  public let folder: RunFolder
  private let keptCheckpoints: Int
  private let lock: Int32
  /// What was in the way and stays, in the order it was found.
  private(set) var remarks: [Leftovers.Remark] = []

  /// The names of the files of a checkpoint, beside those of a model folder.
  package static let fileNames = ModelFiles.names.union(["trainer.safetensors", "trainer.json", "training.json"])

  /// Opens a run and locks it until this object ends, or the process does, however it ends.
  ///
  /// - Parameters:
  ///   - path: the run folder, made where it is missing.
  ///   - resuming: whether a run is expected to be there, or none.
  ///   - keptCheckpoints: how many of the newest checkpoints stay.
  /// - Throws: `TrainingFault.locked`, `.runExists`, `.noRun`; `FileFault.cannotCreate`.
  public init(_ path: String, resuming: Bool, keptCheckpoints: Int = 3) throws {
    // Names below an empty one would stand at the root of the file system.
    if path.isEmpty { throw FileFault.cannotCreate(path: path, reason: "the name is empty") }
    folder = RunFolder(path)
    self.keptCheckpoints = max(1, keptCheckpoints)
    if resuming && !Folder.exists(folder.checkpointsPath) { throw TrainingFault.noRun(run: path) }
    try Folder.create(folder.checkpointsPath)
    lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if lock < 0 { throw FileFault.cannotCreate(path: path + "/lock", reason: FileFault.reason) }
    // From here on the deinitializer closes the lock, also after an error.
    if flock(lock, LOCK_EX | LOCK_NB) != 0 { throw TrainingFault.locked(run: path) }
    let isStarted = try !folder.steps().isEmpty
    if isStarted && !resuming { throw TrainingFault.runExists(run: path) }
    if !isStarted && resuming { throw TrainingFault.noRun(run: path) }
    // Of trainers that were killed; none is running while this process holds the lock.
    for place in [path, folder.checkpointsPath, folder.samplesPath] {
      remarks += Leftovers.remove(in: place, of: Self.fileNames)
    }
  }

  deinit {
    if lock < 0 { return }
    // Released, not only closed: a child that was just begun may hold the same open file for a moment.
    flock(lock, LOCK_UN)
    close(lock)
  }

  /// The path of the run.
  public var path: String { folder.path }

  /// Whether anything was saved yet.
  public var isEmpty: Bool { get throws { try folder.steps().isEmpty } }

  /// Adds a checkpoint, makes `latest` name it and removes the oldest. What has its name and is not a run's gets another.
  ///
  /// - Parameter write: fills a folder with files of the names of `fileNames`; it is renamed into place when it is on the
  ///   disk.
  /// - Returns: its path.
  /// - Throws: `FileFault`, and what `write` throws; nothing is left behind then.
  func addCheckpoint(step: Int, _ write: (_ folder: String) throws -> Void) throws -> String {
    let path = folder.checkpointPath(step: step)
    let pending = try PendingFolder(for: path, of: Self.fileNames)
    defer { pending.discard() }
    try write(pending.path)
    if let former = try pending.replace(), let reason = Folder.remove(former, of: Self.fileNames) {
      remark((try? KeptName.give(former, insteadOf: path)) ?? former, reason)
    }
    try folder.recordLatest(step: step)
    for old in try folder.steps().filter({ $0 < step }).dropLast(keptCheckpoints - 1) { remove(step: old) }
    return path
  }

  /// Removes the checkpoint of a step where there is a complete one before it.
  ///
  /// - Returns: the path of the checkpoint to go on from now.
  /// - Throws: `FileFault`, `CheckpointFault`.
  func giveUpCheckpoint(step: Int) throws -> String {
    guard let earlier = try folder.newestStep(before: step) else { return try folder.newestCheckpoint() }
    try folder.recordLatest(step: earlier)
    remove(step: step)
    return folder.checkpointPath(step: earlier)
  }

  /// Removes a checkpoint; where it cannot be, training goes on all the same.
  private func remove(step: Int) {
    let path = folder.checkpointPath(step: step)
    if let reason = Folder.remove(path, of: Self.fileNames) { remark(path, reason) }
  }

  /// Each path once, however often it is in the way.
  private func remark(_ path: String, _ reason: String) {
    if !remarks.contains(where: { $0.path == path }) { remarks.append(.init(path: path, reason: reason)) }
  }
}
