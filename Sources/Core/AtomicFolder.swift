#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Folders of files that appear whole or not at all: filled beside their place under a temporary name, brought to the
/// disk, and renamed.
package enum AtomicFolder {
  /// Throws unless a folder can be written at `path`: before long work, so that none is lost to a wrong name.
  ///
  /// - Parameter replaceable: the names that may be lost when a folder is replaced. A folder that holds anything else is
  ///   somebody's, and refused.
  /// - Throws: `FileFault.exists`, `.cannotCreate`.
  package static func check(_ path: String, existing: AtomicFile.Existing, replaceable: Set<String>) throws {
    let path = Folder.resolved(path)
    if Folder.exists(path) {
      if existing == .refuse { throw FileFault.exists(path: path) }
      if let other = try Folder.names(path).first(where: { !replaceable.contains($0) }) {
        throw FileFault.cannotCreate(path: path, reason: "the folder holds \(other), which would be lost")
      }
      // A name that may be lost could still be a folder.
      if let inner = try Folder.names(path).first(where: { Folder.exists(path + "/" + $0) }) {
        throw FileFault.cannotCreate(path: path, reason: "the folder holds the folder \(inner), which would be lost")
      }
    } else {
      var status = stat()
      if stat(path, &status) == 0 { throw FileFault.cannotCreate(path: path, reason: "it is not a folder") }
    }
    let parent = AtomicFile.folder(of: path)
    if access(parent, W_OK) != 0 { throw FileFault.cannotCreate(path: path, reason: "\(parent): \(FileFault.reason)") }
  }

  /// Makes a folder and lets `body` fill it, under the temporary path it is given; when that throws, nothing is left
  /// behind. `body` writes files through `AtomicFile` and makes no folders.
  ///
  /// - Throws: as `check`, and whatever `body` throws.
  package static func write<R>(
    to path: String, existing: AtomicFile.Existing, replaceable: Set<String>, _ body: (String) throws -> R
  ) throws -> R {
    let path = Folder.resolved(path)
    try check(path, existing: existing, replaceable: replaceable)
    let temporary = temporaryName(for: path)
    // What a process of the same number left behind when it was ended.
    if Folder.exists(temporary) { try empty(temporary) }
    if mkdir(temporary, 0o777) != 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    do {
      let result = try body(temporary)
      AtomicFile.synchronizeFolder(temporary)
      if Folder.exists(path) { try Folder.exchange(temporary, path) } else { try Folder.move(temporary, to: path) }
      AtomicFile.synchronizeFolder(AtomicFile.folder(of: path))
      // After an exchange the former folder stands here.
      if Folder.exists(temporary) { try empty(temporary) }
      return result
    } catch {
      try? empty(temporary)
      throw error
    }
  }

  /// Removes what writers and removers that were ended left in a folder.
  ///
  /// - Precondition: nobody else writes there.
  package static func removeRemains(in path: String) throws {
    for name in try Folder.names(path) where name.contains(mark) && Folder.exists(path + "/" + name) {
      try empty(path + "/" + name)
    }
  }

  private static let mark = ".partial-"

  static func temporaryName(for path: String) -> String { path + mark + "\(getpid())" }

  /// Removes a folder and the files in it.
  static func empty(_ path: String) throws {
    for name in try Folder.names(path) {
      if unlink(path + "/" + name) != 0 {
        throw FileFault.cannotWrite(path: path + "/" + name, reason: FileFault.reason)
      }
    }
    if rmdir(path) != 0 { throw FileFault.cannotWrite(path: path, reason: FileFault.reason) }
  }
}

extension Folder {
  fileprivate static func move(_ source: String, to target: String) throws {
    if rename(source, target) != 0 { throw FileFault.cannotCreate(path: target, reason: FileFault.reason) }
  }

  /// Exchanges two folders in one step where the system can, else in three, between which `target` is missing for a
  /// moment.
  fileprivate static func exchange(_ source: String, _ target: String) throws {
    if exchangeAtOnce(source, target) { return }
    let former = source + "-former"
    try move(target, to: former)
    try move(source, to: target)
    try move(former, to: source)
  }

  private static func exchangeAtOnce(_ source: String, _ target: String) -> Bool {
    #if canImport(Glibc)
      // The header shows renameat2 to GNU's dialect of C alone, so the function is looked up by its name.
      typealias Rename = @convention(c) (CInt, UnsafePointer<CChar>, CInt, UnsafePointer<CChar>, CUnsignedInt) -> CInt
      let exchangeFlag: CUnsignedInt = 2
      guard let symbol = dlsym(nil, "renameat2") else { return false }
      return unsafeBitCast(symbol, to: Rename.self)(AT_FDCWD, source, AT_FDCWD, target, exchangeFlag) == 0
    #else
      return renamex_np(source, target, UInt32(RENAME_SWAP)) == 0
    #endif
  }
}
