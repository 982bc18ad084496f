import Foundation
import KodamaCore

/// The findings of several processes, each of which evaluates some of the items, as bytes.
struct SharedFindings {
  private let metrics: [String: Metric]
  private let accumulators: [any SetAccumulator]

  /// Findings of an evaluation.
  init(of evaluation: PairEvaluation) {
    metrics = Dictionary(uniqueKeysWithValues: evaluation.metrics.map { ($0.name, $0) })
    accumulators = evaluation.accumulators
  }

  /// The findings of all items of a range, of which this process has its own.
  func findings(
    of items: Range<Int>, own: [PairEvaluation.Finding], _ team: any WorkTeam
  ) throws -> [PairEvaluation.Finding] {
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    let bytes = Array(try encoder.encode(Message(findings: own, accumulators: accumulators)))
    var found = try team.gather(bytes).map { bytes in
      let decoder = PropertyListDecoder()
      decoder.userInfo[Message.key] = self
      return try decoder.decode(Message.self, from: Data(bytes)).findings[...]
    }
    return items.map { found[$0 % team.size].removeFirst() }
  }

  /// Findings of a process.
  private struct Message: Codable {
    static let key = CodingUserInfoKey(rawValue: "findings")!
    let findings: [PairEvaluation.Finding]
    private let accumulators: [any SetAccumulator]

    init(findings: [PairEvaluation.Finding], accumulators: [any SetAccumulator]) {
      (self.findings, self.accumulators) = (findings, accumulators)
    }

    func encode(to encoder: any Encoder) throws {
      var container: any UnkeyedEncodingContainer = encoder.unkeyedContainer()
      try container.encode(findings.count)
      for finding in findings {
        for scores in [finding.scores, finding.referenceScores] {
          try container.encode(scores.map(\.0.name))
          try container.encode(scores.map(\.1))
        }
        try container.encode(finding.conversions)
        for part in [finding.reference, finding.generated] {
          try container.encode(part != nil)
          guard let part else { continue }
          try container.encode(part.seconds)
          for (accumulator, summary) in zip(accumulators, part.summaries) {
            try accumulator.encode(summary, to: &container)
          }
        }
      }
    }

    init(from decoder: any Decoder) throws {
      guard let shared = decoder.userInfo[Self.key] as? SharedFindings else {
        preconditionFailure("findings are read without their metrics")
      }
      var container: any UnkeyedDecodingContainer = try decoder.unkeyedContainer()
      func scores() throws -> [(Metric, Score)] {
        let names = try container.decode([String].self)
        return zip(names.map { shared.metrics[$0]! }, try container.decode([Score].self)).map { ($0, $1) }
      }
      func part() throws -> PairEvaluation.Finding.Part? {
        if try !container.decode(Bool.self) { return nil }
        return PairEvaluation.Finding.Part(
          seconds: try container.decode(Double.self),
          summaries: try shared.accumulators.map { try $0.decode(from: &container) })
      }
      accumulators = shared.accumulators
      findings = try (0..<container.decode(Int.self)).map { _ in
        var finding = PairEvaluation.Finding()
        finding.scores = try scores()
        finding.referenceScores = try scores()
        finding.conversions = try container.decode([String].self)
        finding.reference = try part()
        finding.generated = try part()
        return finding
      }
    }
  }
}
