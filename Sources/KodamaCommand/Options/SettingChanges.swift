import Kodama

/// Changes of settings by options, which the commands that train have in common.
extension FieldDocument {
  /// Makes the change of a `--set key=value`.
  ///
  /// - Returns: the whole key.
  /// - Throws: `TrainingFault.badPlan`, which names the option.
  @discardableResult mutating func set(_ assignment: String) throws -> String {
    do {
      return try apply(assignment: assignment)
    } catch TrainingFault.badPlan(let field, let problem) {
      throw TrainingFault.badPlan(field: "--set \(field)", problem: problem)
    }
  }

  /// Makes the changes of `--config` and then those of `--set`.
  ///
  /// - Throws: as `set(_:)`, and `FileFault`, `JSONFault`, `CheckpointFault` of the file.
  mutating func apply(config: String?, assignments: [String]) throws {
    if let config { try apply(file: config) }
    for assignment in assignments { try set(assignment) }
  }
}
