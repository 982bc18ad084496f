import KodamaCore
import SwiftProtobuf

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An event file that is open for writing.
final class EventFile {
  private let writer: FileWriter

  /// Makes a file that is not there.
  ///
  /// - Throws: `FileFault.cannotCreate`.
  init(_ path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileFault.cannotCreate(path: path, reason: FileFault.reason) }
    writer = FileWriter(descriptor: descriptor, path: path)
  }

  deinit { close(writer.descriptor) }

  /// Adds one record, handed to the operating system in one piece.
  ///
  /// - Throws: `FileFault.cannotWrite`.
  func append(_ event: TensorBoardEvent) throws {
    let payload: [UInt8] = try event.serializedBytes()
    try writer.write(EventRecord.bytes(payload))
  }
}
