import Foundation

/// What a line of `metrics.jsonl` tells, after everything in it was checked.
enum MetricsEntry: Equatable {
  case step(StepReport)
  case validation(ValidationReport)
  case rollback(RollbackReport)

  /// Why a line is none that training writes.
  struct Problem: Error { let text: String }

  /// The step that the line belongs to.
  var step: Int {
    switch self {
    case .step(let report): report.step
    case .validation(let report): report.step
    case .rollback(let rollback): rollback.from
    }
  }

  /// The line that tells of this.
  var line: MetricsLine {
    switch self {
    case .step(let report):
      var numbers = [
        "epoch": report.epoch, "seconds": report.seconds, "learningRate": report.learningRate,
        "gradientNorm": report.gradientNorm, report.speed.measure.name: report.speed.value,
      ]
      for value in report.values { numbers[value.measure.name] = value.value }
      return MetricsLine("step", step: report.step, numbers: numbers)
    case .validation(let report):
      var numbers: [String: Double] = [:]
      for value in report.weights { numbers[value.measure.name] = value.value }
      for value in report.average { numbers[value.measure.averageName] = value.value }
      // JSON has no NaN and no infinity: a score that is none is left out.
      return MetricsLine("validation", step: report.step, numbers: numbers.filter(\.value.isFinite))
    case .rollback(let rollback): return MetricsLine("rollback", step: rollback.from, toStep: rollback.to)
    }
  }

  /// Reads a line of a run that reports some measures.
  init(json: some Sequence<UInt8>, measures: TaskMeasures) throws(Problem) {
    guard let line = try? JSONDecoder().decode(MetricsLine.self, from: Data(json)) else {
      throw Problem(text: "it is no step, validation or rollback")
    }
    try self.init(line, measures)
  }

  private init(_ line: MetricsLine, _ measures: TaskMeasures) throws(Problem) {
    func steps(_ key: String, _ value: Int?) throws(Problem) -> Int {
      guard let value else { throw Problem(text: "the key \(key) is missing") }
      if TrainingState.countRange.contains(value) { return value }
      throw Problem(text: "\(key) is \(value), which no run has")
    }
    func number(_ key: String) throws(Problem) -> Double {
      guard let value = line.numbers[key] else { throw Problem(text: "the key \(key) is missing") }
      return value
    }
    /// A number that is never negative.
    func magnitude(_ key: String) throws(Problem) -> Double {
      let value = try number(key)
      if value >= 0 && value.isFinite { return value }
      throw Problem(text: "\(key) is \(value), which is less than 0")
    }
    let step = try steps("step", line.step)
    switch line.kind {
    case "step":
      var values: [MeasuredValue] = []
      for measure in measures.all { values.append(MeasuredValue(measure, try number(measure.name))) }
      self = .step(
        StepReport(
          step: step, epoch: try magnitude("epoch"), seconds: try magnitude("seconds"), values: values,
          learningRate: try magnitude("learningRate"), gradientNorm: try magnitude("gradientNorm"),
          speed: MeasuredValue(measures.speed, try magnitude(measures.speed.name))))
    case "validation":
      func values(_ name: (Measure) -> String) -> [MeasuredValue] {
        measures.all.compactMap { measure in line.numbers[name(measure)].map { MeasuredValue(measure, $0) } }
      }
      self = .validation(
        ValidationReport(step: step, weights: values(\.name), average: values(\.averageName)))
    case "rollback":
      let target = try steps("toStep", line.toStep)
      if target >= step { throw Problem(text: "toStep is \(target), which is not before step \(step)") }
      self = .rollback(RollbackReport(from: step, to: target))
    default: throw Problem(text: "it is no step, validation or rollback")
    }
  }
}
