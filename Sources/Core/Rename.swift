#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Renames that never lose what is there already. As with the system's own, the reason of a failure is in `errno`.
enum Rename {
  /// Gives a file or a folder another name, which nothing has: EEXIST where something does.
  static func withoutReplacing(_ source: String, _ target: String) -> Bool {
    if atOnce(source, target, .withoutReplacing) { return true }
    return isUnsupported ? inSteps(source, target) : false
  }

  /// Exchanges what two names mean, in one step where the file system can; else in steps, between which `target` is
  /// missing for a moment.
  static func exchanging(_ source: String, _ target: String) -> Bool {
    if atOnce(source, target, .exchanging) { return true }
    return isUnsupported ? exchangingInSteps(source, target) : false
  }

  /// Whether an error code means that the name is taken.
  static func isTaken(_ error: Int32) -> Bool { [EEXIST, ENOTEMPTY, EISDIR, ENOTDIR].contains(error) }

  /// Without the system's help: a file is linked under its new name, and a folder renamed over an empty one.
  static func inSteps(_ source: String, _ target: String) -> Bool {
    var status = stat()
    if lstat(source, &status) != 0 { return false }
    if status.st_mode & S_IFMT == S_IFDIR {
      if mkdir(target, 0o777) != 0 { return false }
      if rename(source, target) == 0 { return true }
      let reason = errno
      rmdir(target)
      errno = reason
      return false
    }
    if link(source, target) == 0 {
      unlink(source)
      return true
    }
    if ![EPERM, ENOSYS, EOPNOTSUPP, EMLINK].contains(errno) { return false }
    // A file system with neither: between the look and the rename a moment is left.
    if lstat(target, &status) == 0 {
      errno = EEXIST
      return false
    }
    return rename(source, target) == 0
  }

  static func exchangingInSteps(_ source: String, _ target: String) -> Bool {
    let former = AtomicFile.folder(of: target) + "/" + TemporaryName.random()
    if !withoutReplacing(target, former) { return false }
    if withoutReplacing(source, target) { return withoutReplacing(former, source) }
    let reason = errno
    _ = withoutReplacing(former, target)
    errno = reason
    return false
  }

  private enum Kind {
    case withoutReplacing, exchanging
  }

  private static var isUnsupported: Bool { [EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) }

  private static func atOnce(_ source: String, _ target: String, _ kind: Kind) -> Bool {
    #if canImport(Glibc)
      // The header shows renameat2 to GNU's dialect of C alone, so the function is looked up by its name.
      typealias Call = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
      guard let symbol = dlsym(nil, "renameat2") else {
        errno = ENOSYS
        return false
      }
      let flag: CUnsignedInt = kind == .withoutReplacing ? 1 : 2
      return unsafeBitCast(symbol, to: Call.self)(AT_FDCWD, source, AT_FDCWD, target, flag) == 0
    #else
      return renamex_np(source, target, UInt32(kind == .withoutReplacing ? RENAME_EXCL : RENAME_SWAP)) == 0
    #endif
  }
}
