import Foundation

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

/// What a line of `metrics.jsonl` tells, after everything in it was checked.
enum MetricsEntry: Equatable {
  case step(StepReport)
  case validation(TrainingHistory.Validation)
  case rollback(TrainingHistory.Rollback)

  /// Why a line is none that training writes.
  struct Problem: Error { let text: String }

  /// The step that the line belongs to.
  var step: Int {
    switch self {
    case .step(let report): report.step
    case .validation(let validation): validation.step
    case .rollback(let rollback): rollback.from
    }
  }

  /// Reads a line.
  init(json: some Sequence<UInt8>) throws(Problem) {
    guard let line = try? JSONDecoder().decode(MetricsLine.self, from: Data(json)) else {
      throw Problem(text: "it is no step, validation or rollback")
    }
    try self.init(line)
  }

  private init(_ line: MetricsLine) throws(Problem) {
    func steps(_ key: String, _ value: Int?) throws(Problem) -> Int {
      guard let value else { throw Problem(text: "the key \(key) is missing") }
      if TrainingState.countRange.contains(value) { return value }
      throw Problem(text: "\(key) is \(value), which no run has")
    }
    /// A number that training measures; none of them is negative.
    func measure(_ key: String, _ value: Double?) throws(Problem) -> Double {
      guard let value else { throw Problem(text: "the key \(key) is missing") }
      if value >= 0 && value.isFinite { return value }
      throw Problem(text: "\(key) is \(value), which is less than 0")
    }
    let step = try steps("step", line.step)
    switch line.kind {
    case "step":
      guard let bits = line.bitsPerSample else { throw Problem(text: "the key bitsPerSample is missing") }
      self = .step(
        StepReport(
          step: step, epoch: try measure("epoch", line.epoch), seconds: try measure("seconds", line.seconds),
          bitsPerSample: bits, learningRate: try measure("learningRate", line.learningRate),
          gradientNorm: try measure("gradientNorm", line.gradientNorm),
          samplesPerSecond: try measure("samplesPerSecond", line.samplesPerSecond)))
    case "validation":
      self = .validation(
        TrainingHistory.Validation(
          step: step, bitsPerSample: line.bitsPerSample, averageBitsPerSample: line.averageBitsPerSample))
    case "rollback":
      let target = try steps("toStep", line.toStep)
      if target >= step { throw Problem(text: "toStep is \(target), which is not before step \(step)") }
      self = .rollback(TrainingHistory.Rollback(from: step, to: target))
    default: throw Problem(text: "it is no step, validation or rollback")
    }
  }
}
