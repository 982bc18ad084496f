import KodamaCore
import KodamaSpectra

extension EvaluationResult {
  /// Reads an evaluation printed by `kodama evaluate --json`.
  ///
  /// - Parameter path: the file; the folder of a report, which has one; or `-` for standard input.
  /// - Throws: `FileFault.cannotRead`, `SpectraFault.notAnEvaluation`, `.impossibleScore`.
  public init(path: String) throws {
    let file = Folder.exists(path) ? path + "/evaluation.json" : path
    try self.init(json: TextFile.bytes(file), path: file == "-" ? "standard input" : file)
  }
}

extension EvaluationDifference {
  /// Compares two evaluations printed by `kodama evaluate --json`, or in the folders of two reports.
  ///
  /// - Parameters:
  ///   - first: a file, a report's folder, or `-` for standard input.
  ///   - second: the same for the other.
  ///   - seed: the seed of confidence intervals.
  /// - Throws: `FileFault.cannotRead`, `SpectraFault.notAnEvaluation`, `.impossibleScore`, `.nothingInCommon`.
  public init(first: String, second: String, seed: UInt64 = 0) throws {
    if first == "-" && second == "-" { throw JobFault.standardInputTwice }
    try self.init(
      EvaluationResult(path: first), EvaluationResult(path: second), bootstrap: Bootstrap(seed: seed))
  }
}
