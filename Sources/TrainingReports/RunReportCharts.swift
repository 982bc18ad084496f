import KodamaReports
import KodamaTraining

/// The charts of a training run of any task.
package enum RunReportCharts {
  /// Each measure in training, on held-out data, and of samples of the output; learning rate, gradient norm, speed.
  package static func all(_ history: TrainingHistory) -> [LineChart] {
    func chart(_ title: String, unit: String = "", _ series: [LineChart.Series]) -> LineChart {
      LineChart(
        title: title, unit: unit, xName: "step", series: series, marks: history.rollbacks.map { Double($0.from) },
        markName: "return to a checkpoint")
    }
    let measures = history.measures
    var charts: [LineChart] = []
    for measure in measures.measured {
      let name = measures.words(of: measure)
      if measures.all.contains(measure) {
        charts.append(
          chart(
            "Training \(name)", unit: measure.unit,
            [series("batches", history.steps, .noisy) { $0.values[measure] }]
              + given(up: history) { $0.values[measure] }))
      }
      let series = [
        series("averaged weights", history.validations, .dotted, step: \.step) { $0.average[measure] },
        series("weights of the step", history.validations, .dotted, step: \.step) { $0.weights[measure] },
      ]
      if series.contains(where: { !$0.points.isEmpty }) {
        charts.append(chart("Validation \(name)", unit: measure.unit, series))
      }
    }
    for measure in measures.samples {
      let series = [
        series("samples", history.samples, .dotted, step: \.step) { $0.generated[measure] },
        series("recordings", history.samples, .dotted, step: \.step) { $0.recorded[measure] },
      ]
      if series.contains(where: { !$0.points.isEmpty }) {
        charts.append(chart("Sound: \(measure.words.joined(separator: " "))", unit: measure.unit, series))
      }
    }
    return charts + [
      chart("Learning rate", [series("learning rate", history.steps, .line, \.learningRate)]),
      chart(
        "Norm of gradients, before clipping",
        [series("norm", history.steps, .noisy, \.gradientNorm)] + given(up: history, \.gradientNorm)),
      chart("Speed", unit: measures.speed.unit, [series("speed", history.steps, .noisy, \.speed.value)]),
    ]
  }

  private static func series(
    _ name: String, _ steps: [StepReport], _ style: LineChart.Series.Style, _ value: (StepReport) -> Double?
  ) -> LineChart.Series {
    series(name, steps, style, step: \.step, value)
  }

  /// A curve over steps of the reports that have a value.
  private static func series<Report>(
    _ name: String, _ reports: [Report], _ style: LineChart.Series.Style, step: KeyPath<Report, Int>,
    _ value: (Report) -> Double?
  ) -> LineChart.Series {
    let points = reports.compactMap { report in
      value(report).map { LineChart.Point(x: Double(report[keyPath: step]), y: $0) }
    }
    return LineChart.Series(name, points, style: style)
  }

  /// The steps discarded by returning to a checkpoint; one series per return, because their steps overlap.
  private static func given(up history: TrainingHistory, _ value: (StepReport) -> Double?) -> [LineChart.Series] {
    var runs: [[StepReport]] = []
    for report in history.abandoned {
      if let last = runs.last?.last, last.step < report.step {
        runs[runs.count - 1].append(report)
      } else {
        runs.append([report])
      }
    }
    return runs.map { series("given up", $0, .pale, value) }
  }
}
