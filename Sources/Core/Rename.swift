#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Renames that never overwrite anything. As with the system's own calls, the reason of a failure is in `errno`.
enum Rename {
  /// Renames a file or a folder to a name that must be free: EEXIST otherwise.
  static func withoutReplacing(_ source: String, _ target: String) -> Bool {
    if atOnce(source, target, .withoutReplacing) { return true }
    return isUnsupported ? inSteps(source, target) : false
  }

  /// Exchanges two names, atomically where the file system can; otherwise in steps, between which `target` is missing
  /// for a moment.
  static func exchanging(_ source: String, _ target: String) -> Bool {
    if atOnce(source, target, .exchanging) { return true }
    return isUnsupported ? exchangingInSteps(source, target) : false
  }

  /// Whether an error code means that the name is taken.
  static func isTaken(_ error: Int32) -> Bool { [EEXIST, ENOTEMPTY, EISDIR, ENOTDIR].contains(error) }

  /// The fallback without system support: a file is linked under its new name, and a folder renamed over an empty one.
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
    // A file system without either: another process may take the name between the check and the rename.
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
      // The header declares renameat2 for GNU C only, so the function is looked up by name.
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

/// Names for outputs whose own name is taken: `out-kept.wav`, `out-kept-2.wav` and so on for `out.wav`.
package enum KeptName {
  /// Renames a file or a folder to the first such name that is free.
  ///
  /// - Returns: the path.
  /// - Throws: `FileFault.cannotCreate`.
  package static func give(_ source: String, insteadOf path: String) throws -> String {
    let (stem, suffix) = parts(path)
    for number in 1...1_000 {
      let kept = stem + (number == 1 ? "-kept" : "-kept-\(number)") + suffix
      if Rename.withoutReplacing(source, kept) { return kept }
      if errno == ENAMETOOLONG {
        // The name is too long to be extended: use a short one instead.
        return try TemporaryName.make(beside: path) { temporary in
          let folder = AtomicFile.folder(of: temporary)
          let kept = folder + "/kept" + TemporaryName.random() + (suffix.utf8.count <= 16 ? suffix : "")
          return Rename.withoutReplacing(source, kept) ? kept : nil
        }
      }
      if errno != EEXIST { break }
    }
    throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
  }

  /// A path split where its name is extended: before a file's extension.
  private static func parts(_ path: String) -> (stem: String, suffix: String) {
    let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.utf8.index(after: $0) } ?? path.startIndex
    guard let dot = path.utf8[name...].lastIndex(of: UInt8(ascii: ".")), dot > name else { return (path, "") }
    return (String(path[..<dot]), String(path[dot...]))
  }
}
