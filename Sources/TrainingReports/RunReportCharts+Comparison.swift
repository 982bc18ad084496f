import KodamaReports
import KodamaTraining

/// The charts of several runs over each other.
extension RunReportCharts {
  /// Each measure on held-out data and in training, over steps and over time, those of samples, learning rate, speed.
  /// The name of a curve is that of its run.
  package static func comparison(_ runs: [(name: String, history: TrainingHistory)]) -> [LineChart] {
    var measures: [(measure: Measure, name: String)] = []
    for run in runs {
      let all = run.history.measures
      for measure in all.measured where !measures.contains(where: { $0.measure == measure }) {
        measures.append((measure, all.words(of: measure)))
      }
    }
    var charts: [LineChart] = []
    for (measure, name) in measures {
      let average = { (report: ValidationReport) in report.average[measure] }
      let weights = { (report: ValidationReport) in report.weights[measure] }
      let batches = { (report: StepReport) in report.values[measure] }
      for over in Position.allCases {
        charts.append(validation("Validation \(name), averaged weights", measure.unit, over, runs, average))
        charts.append(validation("Validation \(name), weights of the step", measure.unit, over, runs, weights))
        charts.append(training("Training \(name)", measure.unit, over, runs, .noisy, batches))
      }
    }
    for measure in runs.flatMap(\.history.measures.samples).uniqued() {
      charts.append(
        chart(
          "Sound: \(measure.words.joined(separator: " "))", measure.unit, .step, runs,
          runs.map { run in
            let points = run.history.samples.compactMap { sample in
              sample.generated[measure].map { (step: Double(sample.step), seconds: 0.0, value: $0) }
            }
            return (run.name, points, .dotted)
          }))
    }
    charts.append(training("Learning rate", "", .step, runs, .line, \.learningRate))
    // Speeds of different units are different charts.
    for unit in runs.map(\.history.measures.speed.unit).uniqued() {
      let same = runs.filter { $0.history.measures.speed.unit == unit }
      charts.append(training("Speed", unit, .step, same, .noisy, \.speed.value))
    }
    return charts.filter { !$0.series.isEmpty }
  }

  /// What curves are drawn over.
  private enum Position: CaseIterable {
    case step, time
  }

  private static func training(
    _ title: String, _ unit: String, _ over: Position, _ runs: [(name: String, history: TrainingHistory)],
    _ style: LineChart.Series.Style, _ value: (StepReport) -> Double?
  ) -> LineChart {
    chart(
      title, unit, over, runs,
      runs.map { run in
        let points = run.history.steps.compactMap { report in
          value(report).map { (step: Double(report.step), seconds: report.seconds, value: $0) }
        }
        return (run.name, points, style)
      })
  }

  private static func validation(
    _ title: String, _ unit: String, _ over: Position, _ runs: [(name: String, history: TrainingHistory)],
    _ value: (ValidationReport) -> Double?
  ) -> LineChart {
    chart(
      title, unit, over, runs,
      runs.map { run in
        let clock = StepClock(run.history.steps)
        let points = run.history.validations.compactMap { report in
          value(report).map { (step: Double(report.step), seconds: clock.seconds(at: report.step), value: $0) }
        }
        return (run.name, points, .dotted)
      })
  }

  private static func chart(
    _ title: String, _ unit: String, _ over: Position, _ runs: [(name: String, history: TrainingHistory)],
    _ curves: [(name: String, points: [(step: Double, seconds: Double, value: Double)], style: LineChart.Series.Style)]
  ) -> LineChart {
    let longest = runs.compactMap { $0.history.steps.last?.seconds }.max() ?? 0
    let (name, length) =
      switch longest {
      case ..<120: ("seconds of training", 1.0)
      case ..<7200: ("minutes of training", 60.0)
      default: ("hours of training", 3600.0)
      }
    return LineChart(
      title: over == .step ? title : title + ", over time", unit: unit, xName: over == .step ? "step" : name,
      series: curves.map { curve in
        LineChart.Series(
          curve.name,
          curve.points.map { LineChart.Point(x: over == .step ? $0.step : $0.seconds / length, y: $0.value) },
          style: curve.style)
      })
  }
}

/// The time at steps that may lie between two logged ones.
struct StepClock {
  private let steps: [StepReport]

  init(_ steps: [StepReport]) { self.steps = steps }

  /// Seconds of training at a step: between two logged ones in proportion, and those of the nearest beyond them.
  func seconds(at step: Int) -> Double {
    var (low, high) = (0, steps.count)
    while low < high {
      let middle = (low + high) / 2
      if steps[middle].step < step { low = middle + 1 } else { high = middle }
    }
    guard low < steps.count else { return steps.last?.seconds ?? 0 }
    let after = steps[low]
    if low == 0 || after.step == step { return after.seconds }
    let before = steps[low - 1]
    let share = Double(step - before.step) / Double(after.step - before.step)
    return before.seconds + share * (after.seconds - before.seconds)
  }
}

extension Sequence where Element: Hashable {
  /// Each element once, in the order of first appearance.
  fileprivate func uniqued() -> [Element] {
    var seen = Set<Element>()
    return filter { seen.insert($0).inserted }
  }
}
