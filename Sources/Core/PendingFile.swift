#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file written under a temporary name in the folder of its path, and renamed when it is published. If it is released
/// or discarded before that, nothing is left behind. A device such as /dev/null, a named pipe, or /dev/stdout is
/// written in place; a link to a file is itself replaced.
public final class PendingFile {
  /// The writer of its content.
  public let writer: FileWriter
  /// Whether the bytes go directly to a device or a pipe, which cannot be rewritten.
  public let isInPlace: Bool
  private let existing: AtomicFile.Existing
  private let temporary: String
  private var isOpen = true

  /// Creates a temporary file in the folder of `path`.
  ///
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  public init(path: String, existing: AtomicFile.Existing) throws {
    try AtomicFile.check(path, existing: existing)
    self.existing = existing
    isInPlace = AtomicFile.isInPlace(path)
    let descriptor: Int32
    if isInPlace {
      // Behind what is there already, where it leads to a file.
      descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
      if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
      temporary = path
    } else {
      (temporary, descriptor) = try TemporaryName.makeFile(beside: path)
    }
    writer = FileWriter(descriptor: descriptor, path: path)
  }

  deinit { discard() }

  /// Synchronizes the content to the disk and renames the file to its path.
  ///
  /// - Throws: `FileFault.appeared` where something took the name in the meantime and may not be replaced: the file is
  ///   then kept under another name; `.cannotWrite`, `.cannotCreate`: then nothing is left behind.
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

  /// Removes what was written. Does nothing after `publish`.
  public func discard() {
    if !isOpen { return }
    isOpen = false
    // Removed while locked, so that the name still refers to this file.
    if !isInPlace { unlink(temporary) }
    close(writer.descriptor)
  }
}

extension AtomicFile {
  /// Writes a file through `body`; if that throws, nothing is left behind. A device such as /dev/null is written in
  /// place.
  ///
  /// - Throws: `FileFault`, and whatever `body` throws.
  public static func write<R>(to path: String, existing: Existing, _ body: (FileWriter) throws -> R) throws -> R {
    let pending = try PendingFile(path: path, existing: existing)
    defer { pending.discard() }
    let result = try body(pending.writer)
    try pending.publish()
    return result
  }
}
