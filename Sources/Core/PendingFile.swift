#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is being written beside its place under a temporary name, and appears there whole when it is published.
/// Dropped or discarded before that, it leaves nothing. A device such as /dev/null, or a named pipe, is written in
/// place; of a link to a file, the link is replaced.
public final class PendingFile {
  /// Takes the bytes.
  public let writer: FileWriter
  /// Whether the bytes go straight to a device or a pipe, where nothing can be written again.
  public let isInPlace: Bool
  private let existing: AtomicFile.Existing
  private let temporary: String
  private var isOpen = true

  /// Opens a temporary file beside `path`.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public init(path: String, existing: AtomicFile.Existing) throws {
    try AtomicFile.check(path, existing: existing)
    self.existing = existing
    var status = stat()
    isInPlace = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    let descriptor: Int32
    if isInPlace {
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
      temporary = path
    } else {
      (temporary, descriptor) = try TemporaryName.makeFile(beside: path)
    }
    writer = FileWriter(descriptor: descriptor, path: path)
  }

  deinit { discard() }

  /// Brings the bytes to the disk and gives the file its name.
  ///
  /// - Throws: `FileFault.appeared` where something took the name meanwhile that is not to be replaced: the file is then
  ///   kept under another one; `.cannotWrite`, `.cannotCreate`: then nothing is left behind.
  public func publish() throws {
    precondition(isOpen, "\(writer.path) was published or discarded before")
    defer { discard() }
    if isInPlace { return }
    try writer.synchronize()
    let isNamed =
      switch existing {
      case .refuse: Rename.withoutReplacing(temporary, writer.path)
      case .replace: rename(temporary, writer.path) == 0
      }
    var conflict: FileFault?
    if !isNamed {
      if !Rename.isTaken(errno) { throw FileFault.cannotCreate(path: writer.path, reason: FileFault.reason) }
      let kept = try KeptName.give(temporary, insteadOf: writer.path)
      conflict = .appeared([.init(path: writer.path, kept: kept)])
    }
    close(writer.descriptor)
    isOpen = false
    AtomicFile.synchronizeFolder(AtomicFile.folder(of: writer.path))
    if let conflict { throw conflict }
  }

  /// Gives up what was written. Does nothing after `publish`.
  public func discard() {
    if !isOpen { return }
    isOpen = false
    // Removed while it is locked, so that the name is this file's and no other's.
    if !isInPlace { unlink(temporary) }
    close(writer.descriptor)
  }
}
