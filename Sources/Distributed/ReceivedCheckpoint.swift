import Foundation
import KodamaCore

/// A copy of a folder of the first process on the disk of every other, removed with this object: processes need not share
/// a disk.
final class ReceivedCheckpoint {
  let path: String
  private let isOwn: Bool

  /// Copies a folder of files from the first process to the others.
  ///
  /// - Parameter source: the folder; nil in other processes.
  /// - Throws: `FileFault`.
  init(from source: String?, _ communicator: any Communicator) throws {
    let names = try source.map { try Folder.names($0).sorted() } ?? []
    let list = communicator.broadcast(Array(names.joined(separator: "/").utf8))
    isOwn = source == nil
    path = source ?? NSTemporaryDirectory() + "/kodama-\(getpid())-\(communicator.rank)"
    if isOwn { try Folder.create(path) }
    for name in String(decoding: list, as: UTF8.self).split(separator: "/") {
      let file = path + "/" + name
      // The first process ends the job where it cannot read one.
      let bytes = communicator.broadcast(isOwn ? [] : try RegularFile.read(file))
      if isOwn { try AtomicFile.write(to: file, existing: .replace) { try $0.write(bytes) } }
    }
  }

  deinit { if isOwn { try? FileManager.default.removeItem(atPath: path) } }
}
