import KodamaCoding
import KodamaCore

/// A validated line of `metrics.jsonl`.
enum MetricsEntry: Equatable {
  case step(StepReport)
  case validation(ValidationReport)
  case sample(SampleReport)
  case rollback(RollbackReport)

  /// Why a line is invalid.
  struct Problem: Error { let text: String }

  /// The step that the line belongs to.
  var step: Int {
    switch self {
    case .step(let report): report.step
    case .validation(let report): report.step
    case .sample(let report): report.step
    case .rollback(let rollback): rollback.from
    }
  }

  /// The line of the entry: an object with its kind, steps, and numbers by key.
  ///
  /// - Throws: `EncodingError` where a number of a step is not finite.
  var json: JSON {
    get throws {
      switch self {
      case .step(let report):
        var numbers = [
          "epoch": report.epoch, "seconds": report.seconds, "learningRate": report.learningRate,
          "gradientNorm": report.gradientNorm, report.speed.measure.name: report.speed.value,
        ]
        for value in report.values { numbers[value.measure.name] = value.value }
        return try Self.line("step", step: report.step, numbers)
      case .validation(let report):
        var numbers: [String: Double] = [:]
        for value in report.weights { numbers[value.measure.name] = value.value }
        for value in report.average { numbers[value.measure.averageName] = value.value }
        // JSON has no NaN and no infinity: such scores are omitted.
        return try Self.line("validation", step: report.step, numbers.filter(\.value.isFinite))
      case .sample(let report):
        var numbers: [String: Double] = [:]
        for value in report.generated { numbers[value.measure.name] = value.value }
        for value in report.recorded { numbers[value.measure.recordedName] = value.value }
        return try Self.line("sample", step: report.step, numbers)
      case .rollback(let rollback):
        return ["kind": "rollback", "step": JSON(rollback.from), "toStep": JSON(rollback.to)]
      }
    }
  }

  private static let unknown = "it is no step, validation, sample or rollback"

  private static func line(_ kind: String, step: Int, _ numbers: [String: Double]) throws -> JSON {
    let members = try JSON(encoding: numbers).members ?? []
    return JSON.object([.init("kind", JSON(kind)), .init("step", JSON(step))] + members).sorted
  }

  /// Parses a line of a run with some measures.
  init(text: [UInt8], measures: TaskMeasures) throws(Problem) {
    guard let line = try? JSON(parsing: text, path: "line"), let kind = line["kind"]?.string,
      let first = line["step"]?.integer
    else { throw Problem(text: Self.unknown) }
    func steps(_ key: String, _ value: Int) throws(Problem) -> Int {
      if TrainingState.countRange.contains(value) { return value }
      throw Problem(text: "\(key) is \(value), which no run has")
    }
    func number(_ key: String) throws(Problem) -> Double {
      guard let value = line[key]?.double else { throw Problem(text: "the key \(key) is missing") }
      return value
    }
    /// A nonnegative number.
    func magnitude(_ key: String) throws(Problem) -> Double {
      let value = try number(key)
      if value >= 0 && value.isFinite { return value }
      throw Problem(text: "\(key) is \(value), which is less than 0")
    }
    /// Those that the line has.
    func values(_ measures: [Measure], _ name: (Measure) -> String) -> [MeasuredValue] {
      measures.compactMap { measure in line[name(measure)]?.double.map { MeasuredValue(measure, $0) } }
    }
    let step = try steps("step", first)
    switch kind {
    case "step":
      var values: [MeasuredValue] = []
      for measure in measures.all { values.append(MeasuredValue(measure, try number(measure.name))) }
      self = .step(
        StepReport(
          step: step, epoch: try magnitude("epoch"), seconds: try magnitude("seconds"), values: values,
          learningRate: try magnitude("learningRate"), gradientNorm: try magnitude("gradientNorm"),
          speed: MeasuredValue(measures.speed, try magnitude(measures.speed.name))))
    case "validation":
      self = .validation(
        ValidationReport(
          step: step, weights: values(measures.heldOut, \.name),
          average: values(measures.heldOut, \.averageName)))
    case "sample":
      self = .sample(
        SampleReport(
          step: step, generated: values(measures.samples, \.name),
          recorded: values(measures.samples, \.recordedName)))
    case "rollback":
      guard let earlier = line["toStep"]?.integer else { throw Problem(text: "the key toStep is missing") }
      let target = try steps("toStep", earlier)
      if target >= step { throw Problem(text: "toStep is \(target), which is not before step \(step)") }
      self = .rollback(RollbackReport(from: step, to: target))
    default: throw Problem(text: Self.unknown)
    }
  }
}
