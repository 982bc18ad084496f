import KodamaCore
import KodamaSpectra

extension EvaluationResult {
  /// Reads an evaluation that `kodama evaluate --json` printed.
  ///
  /// - Parameter path: the file; the folder of a report, which has one; or `-` for standard input.
  /// - Throws: `FileFault.cannotRead`, `SpectraFault.notAnEvaluation`, `.impossibleScore`.
  public init(path: String) throws {
    let file = Folder.exists(path) ? path + "/evaluation.json" : path
    try self.init(json: TextFile.bytes(file), path: file == "-" ? "standard input" : file)
  }
}
