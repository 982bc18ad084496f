import KodamaCore

/// Writes what happens over the steps of a training as event files, which TensorBoard shows.
///
/// A file begins with its version and with the step that its session starts at: from there on, readers drop what
/// earlier files hold. So steps that are taken again are shown as they were taken last. What is in the folder already
/// stays as it is, torn at its end or not.
///
/// Every record is handed to the operating system as it is appended, in one write: when the process ends, however it
/// does, at most the last record is torn, and readers leave that out. The disk is not waited for; when the machine
/// itself fails, the last seconds can be missing.
///
/// - Source: TensorBoard 2.21, `summary/writer` and `backend/event_processing`.
package final class EventFileWriter {
  private let folder: String
  private let origin: EventOrigin
  private var file: EventFile
  private var filesBegun = 1

  /// Begins a file in a folder, for the steps from `firstStep` on.
  ///
  /// - Throws: `FileFault.cannotRead` for the folder; `.cannotCreate`, `.cannotWrite`.
  package init(folder: String, firstStep: Int, origin: EventOrigin = .current) throws {
    self.folder = folder
    self.origin = origin
    file = try Self.begin(in: folder, firstStep: firstStep, origin: origin, number: 0)
  }

  /// Goes on in a new file: what was written of the steps from `firstStep` on is dropped by readers.
  ///
  /// - Throws: as the initializer.
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
