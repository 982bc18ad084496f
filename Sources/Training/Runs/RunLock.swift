import KodamaCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A lock on the folder of a run against other processes that would write into it, until this object is released or the
/// process ends in any way. The file `lock` in the folder stays.
public final class RunLock: Sendable {
  private let descriptor: Int32

  /// Locks a folder that is there.
  ///
  /// - Throws: `TrainingFault.locked`; `FileFault.cannotCreate`.
  public init(_ folder: String) throws {
    descriptor = open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    if descriptor < 0 { throw FileFault.cannotCreate(path: folder + "/lock", reason: FileFault.reason) }
    // From here on the deinitializer closes the file, also after an error.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { throw TrainingFault.locked(run: folder) }
  }

  deinit {
    if descriptor < 0 { return }
    // Released, not only closed: a child process that was just started may share the open file for a moment.
    flock(descriptor, LOCK_UN)
    close(descriptor)
  }
}
