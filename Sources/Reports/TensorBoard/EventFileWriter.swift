import KodamaCore

/// Writes the events of a training run as event files for TensorBoard.
///
/// A file starts with its version and with the step at which its session starts; readers drop that and later steps from
/// earlier files, so that of repeated steps the last are shown. Existing files are not modified, even if their last
/// record is torn.
///
/// Every record is appended with a single write. If the process is killed, at most the last record is torn, and readers
/// skip it. Files are not synchronized to the disk; if the machine fails, the last seconds can be missing.
///
/// - Source: TensorBoard 2.21, `summary/writer` and `backend/event_processing`.
package final class EventFileWriter {
  private let folder: String
  private let origin: EventOrigin
  private var file: EventFile
  private var filesBegun = 1

  /// Starts a file in a folder, for the steps from `firstStep` on.
  ///
  /// - Throws: `FileFault.cannotRead` for the folder; `.cannotCreate`, `.cannotWrite`.
  package init(folder: String, firstStep: Int, origin: EventOrigin = .current) throws {
    self.folder = folder
    self.origin = origin
    file = try Self.begin(in: folder, firstStep: firstStep, origin: origin, number: 0)
  }

  /// Continues in a new file: readers drop the steps from `firstStep` on from earlier files.
  ///
  /// - Throws: as for the initializer.
  package func restart(firstStep: Int) throws {
    file = try Self.begin(in: folder, firstStep: firstStep, origin: origin, number: filesBegun)
    filesBegun += 1
  }

  /// Adds the values of a step.
  ///
  /// - Throws: `FileFault.cannotWrite`.
  package func append(_ values: [EventValue], step: Int) throws {
    try file.append(
      .with {
        $0.wallTime = origin.now()
        $0.step = Int64(step)
        $0.summary.value = values.map(\.message)
      })
  }

  private static func begin(in folder: String, firstStep: Int, origin: EventOrigin, number: Int) throws -> EventFile {
    let name = EventFileName(after: try Folder.names(folder), origin: origin, number: number)
    let file = try EventFile("\(folder)/\(name)")
    try file.append(
      .with {
        $0.wallTime = origin.now()
        $0.fileVersion = "brain.Event:2"
      })
    try file.append(
      .with {
        $0.wallTime = origin.now()
        $0.step = Int64(firstStep)
        $0.sessionLog.status = .start
      })
    return file
  }
}
