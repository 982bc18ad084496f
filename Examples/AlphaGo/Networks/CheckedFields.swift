import KodamaCheckpoints

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
