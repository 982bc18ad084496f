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
    /// An existing file is an error.
    case refuse
    /// An existing file is replaced.
    case replace
  }

  /// Throws unless `path` can be written: before long work, so that none is lost to a wrong name.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public static func check(_ path: String, existing: Existing) throws {
    var status = stat()
    if stat(path, &status) == 0 {
      if existing == .refuse { throw FileFault.exists(path: path) }
      if status.st_mode & S_IFMT == S_IFDIR { throw FileFault.cannotCreate(path: path, reason: "it is a folder") }
      if status.st_mode & S_IFMT != S_IFREG { return }
    }
    let folder = folder(of: path)
    if access(folder, W_OK) != 0 { throw FileFault.cannotCreate(path: path, reason: "\(folder): \(FileFault.reason)") }
  }

  /// Writes a file through `body`; when that throws, nothing is left behind. A device such as /dev/null is written in
  /// place.
  ///
  /// - Throws: `FileFault`, and whatever `body` throws.
  public static func write<R>(to path: String, existing: Existing, _ body: (FileWriter) throws -> R) throws -> R {
    try check(path, existing: existing)
    var status = stat()
    if stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG { return try writeInPlace(path, body) }
    let temporary = path + ".partial-\(getpid())"
    let descriptor = open(temporary, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    do {
      defer { close(descriptor) }
      let writer = FileWriter(descriptor: descriptor, path: path)
      let result = try body(writer)
      try writer.synchronize()
      if rename(temporary, path) != 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
      synchronizeFolder(folder(of: path))
      return result
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Brings the names in a folder to the disk, as far as the file system can.
  public static func synchronizeFolder(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return }
    fsync(descriptor)
    close(descriptor)
  }

  private static func writeInPlace<R>(_ path: String, _ body: (FileWriter) throws -> R) throws -> R {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    defer { close(descriptor) }
    return try body(FileWriter(descriptor: descriptor, path: path))
  }

  /// The folder that a path's last name stands in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
