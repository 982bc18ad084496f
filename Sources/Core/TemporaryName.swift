#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The names of files and folders that are being written: `.kodama-` and 16 hexadecimal digits of 64 random bits, in
/// the folder of the final path. Their length does not depend on the final name, and no other process, on this machine
/// or in another container, uses the same.
///
/// The writer holds an flock(2) lock on them. Unlocked ones are left over from a process that ended, and `Leftovers`
/// removes them.
package enum TemporaryName {
  private static let prefix = ".kodama-"
  private static let digits = 16

  /// Whether a name is of this form.
  package static func matches(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    return bytes.count == prefix.utf8.count + digits && bytes.starts(with: prefix.utf8)
      && bytes.dropFirst(prefix.utf8.count).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// A random name.
  static func random() -> String {
    let hexadecimal = String(UInt64.random(in: .min ... .max), radix: 16)
    return prefix + String(repeating: "0", count: digits - hexadecimal.utf8.count) + hexadecimal
  }

  /// Creates something under a temporary name in the folder of `path`.
  ///
  /// - Parameter make: creates it; nil on failure, with the reason in `errno`. After EEXIST another name is tried.
  /// - Throws: `FileFault.cannotCreate`.
  static func make<R>(beside path: String, _ make: (_ temporary: String) -> R?) throws -> R {
    let folder = AtomicFile.folder(of: path)
    for _ in 0..<8 {
      errno = 0
      if let made = make(folder + "/" + random()) { return made }
      if errno != EEXIST { break }
    }
    throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
  }

  /// Creates an empty file in the folder of `path`, locked as long as the descriptor is open.
  ///
  /// - Throws: `FileFault.cannotCreate`.
  static func makeFile(beside path: String) throws -> (path: String, descriptor: Int32) {
    try make(beside: path) { temporary in
      let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor < 0 { return nil }
      if claim(temporary, descriptor) { return (temporary, descriptor) }
      close(descriptor)
      errno = EEXIST
      return nil
    }
  }

  /// Locks a file or folder just created; false where another process removed it as a leftover first.
  static func claim(_ path: String, _ descriptor: Int32) -> Bool {
    // Where a file system has no locks, nothing is treated as a leftover either.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }
    return isSame(path, descriptor)
  }

  /// Whether a path, without following links, still refers to an open file or folder.
  static func isSame(_ path: String, _ descriptor: Int32) -> Bool {
    var (there, opened) = (stat(), stat())
    return lstat(path, &there) == 0 && fstat(descriptor, &opened) == 0 && there.st_ino == opened.st_ino
      && there.st_dev == opened.st_dev
  }
}
