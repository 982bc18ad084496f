import Kodama

extension FuzzTarget {
  /// What an evaluation reads.
  static let evaluationTargets = [
    FuzzTarget(
      "evaluation", "the JSON of an evaluation, compared and shown", form: .text, seeds: { try ExampleScores.json }
    ) {
      bytes, folder in
      let result = try EvaluationResult(json: bytes, path: "evaluation.json")
      _ = (try result.json, result.csv, result.table(worst: 2))
      for metric in result.metrics {
        _ = try Threshold("max(\(metric.name))>1").failure(of: result)
      }
      try EvaluationReport(result).write(
        to: folder, reference: [], generated: [], existing: .replace, workers: .serial)
      for other in [result, try ExampleScores.result] {
        let difference = try EvaluationDifference(result, other, bootstrap: Bootstrap(seed: 1))
        _ = (difference.table, difference.csv, try difference.json)
      }
    },
    FuzzTarget("pairs", "a list of pairs", form: .text, seeds: { ExampleBytes.pairs }) { bytes, folder in
      try ExampleScores.writeSounds(folder)
      try write(bytes, to: folder + "/pairs.csv")
      _ = try EvaluationJob(pairs: folder + "/pairs.csv", workers: .serial)
    },
    FuzzTarget("threshold", "a bound of a metric", form: .text, seeds: { ExampleBytes.thresholds }) { bytes, _ in
      _ = try Threshold(String(decoding: bytes, as: UTF8.self)).failure(of: ExampleScores.result)
    },
  ]
}
