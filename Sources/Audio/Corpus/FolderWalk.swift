import Foundation
import KodamaCore

/// A file's status from the file system.
package struct FileStatus: Equatable {
  let bytes: Int
  /// In seconds since 1970.
  package let modificationTime: Double
  /// Device and inode, which identify a file under any name.
  package let identity: [UInt64]
  let isFolder: Bool
  let isRegular: Bool

  /// Follows symbolic links.
  ///
  /// - Throws: `FileFault.cannotRead`.
  package init(_ path: String) throws {
    var status = stat()
    if stat(path, &status) != 0 { throw FileFault.cannotRead(path: path, reason: FileFault.reason) }
    bytes = Int(status.st_size)
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modificationTime = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
    isFolder = status.st_mode & S_IFMT == S_IFDIR
    isRegular = status.st_mode & S_IFMT == S_IFREG
  }
}

/// Finds the files under a folder. Symbolic links are followed; each folder is entered once, so loops of links
/// terminate; names that start with a dot are skipped.
struct FolderWalk {
  /// Files by their path relative to the folder, sorted.
  private(set) var files: [(path: String, status: FileStatus)] = []
  /// What could not be examined, and why.
  private(set) var faults: [(path: String, fault: FileFault)] = []
  private var entered: Set<[UInt64]> = []

  private static let notAFolder = "it is a file; give the folder that holds the recordings"

  /// - Throws: `FileFault.cannotRead` where the folder itself cannot be read.
  init(_ folder: String) throws {
    entered.insert(try Self.check(folder).identity)
    try enter(folder, prefix: "")
    files.sort { PathBytes($0.path) < PathBytes($1.path) }
    faults.sort { PathBytes($0.path) < PathBytes($1.path) }
  }

  /// The status of a folder that can be read.
  ///
  /// - Throws: `FileFault.cannotRead`.
  @discardableResult static func check(_ folder: String) throws -> FileStatus {
    let status = try FileStatus(folder)
    if !status.isFolder { throw FileFault.cannotRead(path: folder, reason: notAFolder) }
    _ = try Folder.names(folder)
    return status
  }

  private mutating func enter(_ folder: String, prefix: String) throws {
    // Sorted, so that which of two links to one folder is entered does not depend on the file system.
    for (name, isUTF8) in try Folder.entries(folder) where name.utf8.first != UInt8(ascii: ".") {
      let path = prefix + name
      do {
        if !isUTF8 { throw FileFault.nameNotUTF8(path: folder + "/" + name) }
        let status = try FileStatus(folder + "/" + name)
        if status.isFolder {
          if entered.insert(status.identity).inserted { try enter(folder + "/" + name, prefix: path + "/") }
        } else if status.isRegular {
          files.append((path, status))
        }
      } catch let fault as FileFault {
        faults.append((path, fault))
      }
    }
  }
}
