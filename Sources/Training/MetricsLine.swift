/// A line of `metrics.jsonl`, of the kinds `step` (a `StepReport`), `validation`, `rollback`.
struct MetricsLine: Codable, Equatable {
  var kind: String
  var step: Int
  var epoch: Double?
  var seconds: Double?
  var bitsPerSample: Double?
  var averageBitsPerSample: Double?
  var learningRate: Double?
  var gradientNorm: Double?
  var samplesPerSecond: Double?
  var toStep: Int?
}
