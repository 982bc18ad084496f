import GoGame
import KodamaCheckpoints
import KodamaCore

extension Configuration {
  /// Reads fields, whose values must be in their ranges.
  ///
  /// - Throws: `CheckpointFault` with the file and the field.
  package func readChecked<Root>(_ fields: ConfigurationFields<Root>, into root: inout Root) throws {
    try read(fields, into: &root)
    if let problem = fields.problem(of: root) {
      throw CheckpointFault.wrongValue(
        path: path, key: problem.field, value: problem.value, expected: problem.allowed)
    }
  }
}

extension ConfigurationFields {
  /// Throws where a value is outside its range.
  ///
  /// - Throws: `GoFault.setting`.
  package func check(_ root: Root) throws {
    if let problem = problem(of: root) {
      throw GoFault.setting(name: problem.field, value: problem.value, range: problem.allowed)
    }
  }

  /// Writes a file that `read(file:version:into:)` reads, with the version of its format.
  ///
  /// - Throws: `FileFault`; `.exists` where the file is there.
  package func write(_ root: Root, version: Int, to path: String) throws {
    let members = json(of: root, isComplete: true).members ?? []
    let json = JSON.object([.init("format_version", JSON(version))] + members)
    try AtomicFile.write(to: path, existing: .refuse) { try $0.write(json.indentedText) }
  }

  /// Reads a file, whose values must be in their ranges.
  ///
  /// - Parameter root: a value, whose fields are replaced.
  /// - Throws: `FileFault`, `JSONFault`, `CheckpointFault`.
  package func read(file path: String, version: Int, into root: inout Root) throws {
    try Configuration(path, version: version, keys: keys).readChecked(self, into: &root)
  }
}
