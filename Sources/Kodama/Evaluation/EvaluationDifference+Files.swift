import KodamaCore
import KodamaSpectra

extension EvaluationDifference {
  /// Compares two evaluations that `kodama evaluate --json` printed, or that it left in the folders of two reports.
  ///
  /// - Parameters:
  ///   - first: a file, a report's folder, or `-` for standard input.
  ///   - second: the same of the other.
  ///   - seed: where confidence intervals get their random numbers.
  /// - Throws: `FileFault.cannotRead`, `SpectraFault.notAnEvaluation`, `.impossibleScore`, `.nothingInCommon`.
  public init(first: String, second: String, seed: UInt64 = 0) throws {
    if first == "-" && second == "-" { throw JobFault.standardInputTwice }
    try self.init(
      EvaluationResult(path: first), EvaluationResult(path: second), bootstrap: Bootstrap(seed: seed))
  }
}
