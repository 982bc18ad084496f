#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that appear whole or not at all: written beside their place under a temporary name, brought to the disk, and
/// renamed. What stood there before stays until then.
public enum AtomicFile {
  /// Whether a file that exists may be replaced.
  public enum Existing: Sendable {
    /// An existing file is an error, also one that appears while the new one is written.
    case refuse
    /// An existing file is replaced.
    case replace
  }

  /// Throws unless `path` can be written: before long work, so that none is lost to a wrong name.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public static func check(_ path: String, existing: Existing) throws {
    var status = stat()
    if lstat(path, &status) == 0 {
      if existing == .refuse { throw FileFault.exists(path: path) }
      if stat(path, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFDIR { throw FileFault.cannotCreate(path: path, reason: "it is a folder") }
        if status.st_mode & S_IFMT != S_IFREG { return }
      }
    } else if errno != ENOENT {
      throw FileFault.cannotCreate(path: path, reason: FileFault.reason)
    }
    let folder = folder(of: path)
    if access(folder, W_OK) != 0 { throw FileFault.cannotCreate(path: path, reason: "\(folder): \(FileFault.reason)") }
  }

  /// Whether anything is there under a path.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether something has a name, be it a link that leads nowhere.
  package static func isTaken(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Whether a path has a name that is longer than its file system takes.
  package static func hasTooLongName(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) != 0 && errno == ENAMETOOLONG
  }

  /// Brings the names in a folder to the disk, as far as the file system can.
  public static func synchronizeFolder(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// The folder that a path's last name is in.
  package static func folder(of path: String) -> String {
    guard let folder = PathText.folder(path) else { return "." }
    return folder.isEmpty ? "/" : folder
  }
}
