import KodamaCheckpoints
import KodamaCore

/// The records of tasks in checkpoints: a JSON file of settings and fingerprints, which must not change when a run is
/// resumed.
extension ConfigurationFields {
  /// Reads the record of a checkpoint.
  ///
  /// - Parameters:
  ///   - record: its initial value, for keys that may be missing.
  ///   - validate: throws where the values do not fit.
  /// - Throws: `TrainingFault.badCheckpoint`.
  package func record(
    _ name: String, inCheckpoint folder: String, from record: Root, validate: (Root) throws -> Void
  ) throws -> Root {
    let path = folder + "/" + name
    // Reading another kind of file, such as a pipe, might block.
    guard Folder.hasFile(path) else { throw TrainingFault.badCheckpoint(path: path, problem: "there is no such file") }
    var record = record
    do {
      // A later version may have written more.
      try read(JSON(objectIn: path), ignoresUnknownKeys: true, into: &record)
      try validate(record)
    } catch let problem as SettingProblem {
      throw TrainingFault.badCheckpoint(path: path, problem: "\(problem.fault(path))")
    } catch let fault as any Fault {
      throw TrainingFault.badCheckpoint(path: path, problem: "\(fault)")
    }
    return record
  }

  /// Writes the record of a checkpoint.
  ///
  /// - Throws: `FileFault`.
  package func write(_ record: Root, _ name: String, toFolder folder: String) throws {
    let text = json(of: record, isComplete: true).sortedText
    try AtomicFile.write(to: folder + "/" + name, existing: .replace) { try $0.write(text + "\n") }
  }

  /// The differences of settings as texts.
  package func changes(from old: Root, to new: Root) -> [String] {
    differences(from: old, to: new).map { field, old, new in
      max(old.count, new.count) <= 40 ? "\(field.name) was \(old), is \(new)" : "\(field.name) changed"
    }
  }
}
