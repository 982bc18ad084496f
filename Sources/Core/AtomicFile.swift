#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that appear whole or not at all: written under a temporary name in the same folder, synchronized to the disk,
/// and renamed. An existing file stays in place until then.
public enum AtomicFile {
  /// Whether a file that exists may be replaced.
  public enum Existing: Sendable {
    /// An existing file is an error, including one that appears while the new one is being written.
    case refuse
    /// An existing file is replaced.
    case replace
  }

  /// Whether a path is written in place: a device, a pipe, or a name of the system for an open file, such as
  /// /dev/stdout, which may lead to a regular file. To put a file in the place of such a name would break the system.
  static func isInPlace(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else { return false }
    return status.st_mode & S_IFMT != S_IFREG || path.hasPrefix("/dev/") || path.hasPrefix("/proc/")
  }

  /// Throws unless `path` can be written. To be called before long work, so that none is lost to a wrong name.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public static func check(_ path: String, existing: Existing) throws {
    // Nothing that is there is lost.
    if isInPlace(path) { return }
    var status = stat()
    if lstat(path, &status) == 0 {
      if existing == .refuse { throw FileFault.exists(path: path) }
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
        throw FileFault.cannotCreate(path: path, reason: "it is a folder")
      }
    } else if errno != ENOENT {
      throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
    }
    let folder = folder(of: path)
    if access(folder, W_OK) != 0 { throw FileFault.cannotCreate(path: path, reason: "\(folder): \(FileFault.reason)") }
  }

  /// Whether anything exists at a path, following links.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether anything exists at a path, including a dangling link.
  package static func isTaken(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether the last name of a path is longer than its file system allows.
  package static func hasTooLongName(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) != 0 && errno == ENAMETOOLONG
  }

  /// Synchronizes a folder's directory entries to the disk, as far as the file system can.
  public static func synchronizeFolder(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// The folder that contains a path.
  package static func folder(of path: String) -> String {
    guard let folder = PathText.folder(path) else { return "." }
    return folder.isEmpty ? "/" : folder
  }
}
