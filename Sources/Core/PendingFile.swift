import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that is being written beside its place under a temporary name, and appears there whole when it is published.
/// Dropped or discarded before that, it leaves nothing. A device such as /dev/null, or a named pipe, is written in
/// place.
public final class PendingFile {
  /// Takes the bytes.
  public let writer: FileWriter
  /// Whether the bytes go straight to a device or a pipe, where nothing can be written again.
  public let isInPlace: Bool
  private let temporary: String
  private var isOpen = true

  /// Opens a temporary file beside `path`.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public init(path: String, existing: AtomicFile.Existing) throws {
    try AtomicFile.check(path, existing: existing)
    var status = stat()
    isInPlace = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    temporary = Self.temporaryName(for: path)
    let descriptor =
      isInPlace ? open(path, O_WRONLY | O_CLOEXEC) : open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    writer = FileWriter(descriptor: descriptor, path: path)
  }

  deinit { discard() }

  private static let opened = Atomic<Int>(0)

  /// A name that no other writer has: of another process, or of this one.
  private static func temporaryName(for path: String) -> String {
    "\(path).partial-\(getpid())-\(opened.wrappingAdd(1, ordering: .relaxed).newValue)"
  }

  /// Brings the bytes to the disk and gives the file its name.
  ///
  /// - Throws: `FileFault.cannotWrite`, `.cannotCreate`; then nothing is left behind.
  public func publish() throws {
    precondition(isOpen, "\(writer.path) was published or discarded before")
    defer { discard() }
    if isInPlace { return }
    try writer.synchronize()
    if rename(temporary, writer.path) != 0 {
      throw FileFault.cannotCreate(path: writer.path, reason: FileFault.reason)
    }
    close(writer.descriptor)
    isOpen = false
    AtomicFile.synchronizeFolder(AtomicFile.folder(of: writer.path))
  }

  /// Gives up what was written. Does nothing after `publish`.
  public func discard() {
    if !isOpen { return }
    isOpen = false
    close(writer.descriptor)
    if !isInPlace { unlink(temporary) }
  }
}
