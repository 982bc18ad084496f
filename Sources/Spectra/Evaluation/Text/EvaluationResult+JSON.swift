#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension EvaluationResult {
  /// The result as JSON, with sorted keys.
  public var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
  }

  /// A result that was written as JSON.
  ///
  /// - Throws: `SpectraFault.notAnEvaluation`, `.impossibleScore`.
  public init(json: [UInt8], path: String) throws {
    do {
      self = try JSONDecoder().decode(EvaluationResult.self, from: Data(json))
    } catch let error as ScoreTable.ImpossibleScore {
      throw SpectraFault.impossibleScore(path: path, field: error.field, value: error.value)
    } catch {
      throw SpectraFault.notAnEvaluation(path: path)
    }
  }
}
