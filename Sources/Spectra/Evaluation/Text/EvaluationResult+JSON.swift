import KodamaCore

extension EvaluationResult {
  /// The result as JSON, with sorted keys.
  public var json: String {
    get throws {
      try JSON(encoding: self).sortedText + "\n"
    }
  }

  /// A result that was written as JSON.
  ///
  /// - Throws: `SpectraFault.notAnEvaluation`, `.impossibleScore`.
  public init(json: [UInt8], path: String) throws {
    do {
      // Thousands of pairs by tens of metrics are no unusual result.
      self = try JSON(parsing: json, path: path, valueLimit: .max).decoded()
    } catch let error as ScoreTable.ImpossibleScore {
      throw SpectraFault.impossibleScore(path: path, field: error.field, value: error.value)
    } catch {
      throw SpectraFault.notAnEvaluation(path: path)
    }
  }
}
