import Foundation
import KodamaCore

#if canImport(Glibc)
  import Glibc
#endif

/// A training run on disk: `checkpoints/step-N/` holds everything of one moment and appears as a whole; `latest` names
/// the newest; logs and samples stand beside. One process trains in it at a time.
public final class RunFolder {
  /// A checkpoint.
  public struct Checkpoint: Sendable, Equatable {
    /// The steps taken until then.
    public let step: Int
    /// Its folder.
    public let path: String
  }

  /// The folder.
  public let path: String
  private let keptCheckpoints: Int
  private let lock: Int32

  private var checkpoints: String { path + "/checkpoints" }

  /// Opens a run and locks it against other trainers until this object ends.
  ///
  /// - Parameters:
  ///   - resuming: whether a run is expected to be there, or none.
  ///   - keptCheckpoints: how many of the newest checkpoints stay.
  /// - Throws: `TrainingFault.locked`, `.runExists`, `.noRun`; `FileFault.cannotCreate`.
  public init(_ path: String, resuming: Bool, keptCheckpoints: Int = 3) throws {
    self.path = path
    self.keptCheckpoints = max(1, keptCheckpoints)
    let holdsRun = FileManager.default.fileExists(atPath: path + "/checkpoints")
    if resuming && !holdsRun { throw TrainingFault.noRun(run: path) }
    do {
      try FileManager.default.createDirectory(atPath: path + "/checkpoints", withIntermediateDirectories: true)
    } catch {
      throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
    }
    lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if lock < 0 { throw FileFault.cannotCreate(path: path + "/lock", reason: FileFault.reason) }
    // The lock ends with the process, however it ends.
    if flock(lock, LOCK_EX | LOCK_NB) != 0 {
      close(lock)
      throw TrainingFault.locked(run: path)
    }
    do {
      let newest = try newestCheckpoint()
      if newest == nil && resuming { throw TrainingFault.noRun(run: path) }
      if newest != nil && !resuming { throw TrainingFault.runExists(run: path) }
      removePartial()
    } catch {
      close(lock)
      throw error
    }
  }

  deinit { close(lock) }

  /// The complete checkpoint of the most steps; nil where there is none.
  public func newestCheckpoint() throws -> Checkpoint? {
    try allCheckpoints().last
  }

  /// Adds a checkpoint: `write` fills a folder that is renamed into place when it is whole and on the disk.
  ///
  /// - Returns: its path.
  /// - Throws: `FileFault`, and what `write` throws; nothing is left behind then.
  public func addCheckpoint(step: Int, _ write: (_ folder: String) throws -> Void) throws -> String {
    let (name, files) = ("step-\(step)", FileManager.default)
    let (temporary, final) = (checkpoints + "/.partial-\(name)", checkpoints + "/" + name)
    try? files.removeItem(atPath: temporary)
    do {
      guard mkdir(temporary, 0o777) == 0 else {
        throw FileFault.cannotCreate(path: temporary, reason: FileFault.reason)
      }
      try write(temporary)
      AtomicFile.synchronizeFolder(temporary)
      // A run that went back takes the same steps again.
      if files.fileExists(atPath: final) { try files.removeItem(atPath: final) }
      guard rename(temporary, final) == 0 else { throw FileFault.cannotWrite(path: final, reason: FileFault.reason) }
    } catch {
      try? files.removeItem(atPath: temporary)
      throw error
    }
    AtomicFile.synchronizeFolder(checkpoints)
    try AtomicFile.write(to: path + "/latest", existing: .replace) { try $0.write(name + "\n") }
    for old in try allCheckpoints().dropLast(keptCheckpoints) { try files.removeItem(atPath: old.path) }
    return final
  }

  private func allCheckpoints() throws -> [Checkpoint] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? []
    return names.compactMap { name -> Checkpoint? in
      guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), step >= 0 else { return nil }
      return Checkpoint(step: step, path: checkpoints + "/" + name)
    }.sorted { $0.step < $1.step }
  }

  /// Removes what a process that was killed while saving left behind.
  private func removePartial() {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: checkpoints)) ?? [] where name.hasPrefix(".") {
      try? FileManager.default.removeItem(atPath: checkpoints + "/" + name)
    }
  }
}
