#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The names of files and folders that are being written: `.kodama-` and 16 hexadecimal digits of 64 random bits, in the
/// folder of what they become. They are as short for a long name as for a short one, and no other process, on this machine
/// or in another container, takes the same.
///
/// While its writer lives, what has such a name is locked by flock(2). What is not locked belongs to nobody any more, and
/// `Leftovers` removes it.
package enum TemporaryName {
  private static let prefix = ".kodama-"
  private static let digits = 16

  /// Whether a name is of this form.
  package static func matches(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    return bytes.count == prefix.utf8.count + digits && bytes.starts(with: prefix.utf8)
      && bytes.dropFirst(prefix.utf8.count).allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  /// A name that nothing has.
  static func random() -> String {
    let hexadecimal = String(UInt64.random(in: .min ... .max), radix: 16)
    return prefix + String(repeating: "0", count: digits - hexadecimal.utf8.count) + hexadecimal
  }

  /// Makes something under a temporary name beside `path`.
  ///
  /// - Parameter make: nil where it did not succeed, with the reason in `errno`; after EEXIST another name is tried.
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

  /// Makes an empty file beside `path`, locked as long as the descriptor is open.
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

  /// Locks what was just made; false where someone who removes leftovers was quicker.
  static func claim(_ path: String, _ descriptor: Int32) -> Bool {
    // Where a file system has no locks nothing can be taken for a leftover either.
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 { return errno != EWOULDBLOCK }
    return isSame(path, descriptor)
  }

  /// Whether a path, no link followed, still means an open file or folder.
  static func isSame(_ path: String, _ descriptor: Int32) -> Bool {
    var (there, opened) = (stat(), stat())
    return lstat(path, &there) == 0 && fstat(descriptor, &opened) == 0 && there.st_ino == opened.st_ino
      && there.st_dev == opened.st_dev
  }
}
